"""robots.txt, read and asked by RFC 9309, with the slips of pen that Google's parser forgives. Pure.

What the RFC says and parsers often miss: a group is for a product token, not for whatever begins with it; all
groups of an agent count as one; lines that are no rules do not end a list of agents; a path is compared by
octets, where an escaped slash is not a slash and an escaped star is a star.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

MOST_CHARACTERS = 512 * 1024
LONGEST_LINE = 16 * 1024

LINE = re.compile(r"^\s*([^:\s][^:]*?)\s*:\s*(.*?)\s*$|^\s*(\S+)\s+(\S+)\s*$")
LINES = re.compile(r"\r\n|\r|\n")
TOKEN = re.compile(r"[^\s/;,(]+")
ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
NAMES = {
    "user-agent": ("user-agent", "useragent", "user agent"),
    "allow": ("allow",),
    "disallow": ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"),
    "crawl-delay": ("crawl-delay", "crawldelay", "crawl delay"),
    "sitemap": ("sitemap", "site-map"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """`parts` are the literal pieces of a path between stars; `anchored`: the last must end the path."""

    allow: bool
    parts: tuple[str, ...]
    anchored: bool
    length: int

    def matches(self, path: str) -> bool:
        """In time that grows with the path, whatever the pattern."""
        first, *others = self.parts
        if not path.startswith(first):
            return False
        at = len(first)
        if not others:
            return not self.anchored or at == len(path)
        for part in others[:-1] if self.anchored else others:
            found = path.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        return not self.anchored or (path.endswith(others[-1]) and len(path) - len(others[-1]) >= at)


@dataclass(slots=True)
class Group:
    """The rules for one agent; `delay` in seconds."""

    rules: list[Rule] = field(default_factory=list)
    delay: float | None = None


@dataclass(frozen=True, slots=True)
class RobotsTxt:
    """Groups by product token in lower case, `*` for all others."""

    groups: dict[str, Group]
    sitemaps: tuple[str, ...]

    def asks(self, agent: str) -> Group:
        """What it asks of that agent: its own group, or else the one for all."""
        return self.groups.get(token(agent)) or self.groups.get("*") or Group()

    def allows(self, agent: str, url: str) -> bool:
        """The longest rule that matches decides; of two as long, the one that allows."""
        path = path_of(url)
        if path == "/robots.txt":
            return True
        matching = [rule for rule in self.asks(agent).rules if rule.matches(path)]
        return not matching or max(matching, key=lambda rule: (rule.length, rule.allow)).allow


def token(agent: str) -> str:
    """An agent's product token, without version and comment, in lower case; `*` where it has none."""
    found = TOKEN.match(agent.strip())
    return found[0].lower() if found else "*"


def parse(text: str) -> RobotsTxt:
    """Never fails: what is no rule is no rule."""
    groups: dict[str, Group] = {}
    sitemaps: list[str] = []
    agents: list[str] = []
    ruled = False
    for name, value in _lines(text[:MOST_CHARACTERS]):
        if name == "user-agent":
            if ruled:
                agents, ruled = [], False
            agents.append(token(value))
            groups.setdefault(agents[-1], Group())
        elif name == "sitemap":
            sitemaps.append(value)
        elif name == "crawl-delay":
            ruled = bool(agents)
            for agent in agents:
                groups[agent].delay = _delay(value) if groups[agent].delay is None else groups[agent].delay
        else:
            ruled = bool(agents)
            found = list(_rules(name == "allow", value))
            for agent in agents:
                groups[agent].rules += found
    return RobotsTxt(groups, tuple(dict.fromkeys(filter(None, sitemaps))))


def path_of(url: str) -> str:
    """Path and query in the form in which they are compared."""
    parts = urlsplit(url)
    path = parts.path or "/"
    return _one_form(f"{path}?{parts.query}" if parts.query or "?" in url.partition("#")[0] else path, "")


def _lines(text: str) -> Iterator[tuple[str, str]]:
    text = text.removeprefix("\ufeff").removeprefix("ï»¿")
    for line in LINES.split(text):
        found = LINE.match(line[:LONGEST_LINE].partition("#")[0])
        if found is None:
            continue
        given = (found[1] or found[3]).lower()
        for name, spellings in NAMES.items():
            if given in spellings:
                yield name, found[2] if found[1] else found[4]


def _rules(allow: bool, pattern: str) -> Iterator[Rule]:
    if not pattern:
        return
    yield _rule(allow, pattern)
    folder, slash, document = pattern.rpartition("/")
    if allow and slash and document.lower() in {"index.html", "index.htm"}:
        yield _rule(allow, f"{folder}/$")


def _rule(allow: bool, pattern: str) -> Rule:
    anchored = pattern.endswith("$")
    literal = _one_form(pattern[:-1] if anchored else pattern, "*")
    parts: Sequence[str] = re.sub(r"\*{2,}", "*", literal).split("*")
    return Rule(allow, tuple(parts), anchored, len(literal) + anchored)


def _one_form(text: str, wild: str) -> str:
    """Escapes in upper case, none for unreserved characters; stars and dollars escaped unless `wild`."""

    def one(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in UNRESERVED else found[0].upper()

    return ESCAPE.sub(one, quote(text, safe=f"/%?:@!&'()+,;=~-._[]{wild}", errors="surrogatepass"))


def _delay(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
