"""robots.txt, read and asked by RFC 9309, with the slips of pen that Google's parser forgives. Pure.

What the RFC says and parsers often miss: a group is for a product token, not for whatever begins with it; all
groups of an agent count as one; lines that are no rules do not end a list of agents; a path is compared by
octets, where an escaped slash is not a slash and an escaped star is a star. Only in a query are `/`, `:` and
their like the same escaped and bare, by the RFC's own example.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from services.kit.urls import without_dots

MOST_BYTES = 500 * 1024  # what the RFC asks for, and where Google stops
LONGEST_LINE = 8 * 2083 - 1  # likewise

LINE = re.compile(r"^\s*([^:\s][^:]*?)\s*:\s*(.*?)\s*$|^\s*(\S+)\s+(\S+)\s*$")
LINES = re.compile(r"\r\n|\r|\n")
TOKEN = re.compile(r"\*(?!\S)|[^\s/:;,()*]+")
# In the name that an agent gives itself: products with versions, and comments, which may name products, too.
COMMENT = re.compile(r"\(([^()]*)\)")
PRODUCT = re.compile(r"([^\s/:;,()]+)/[\w.]")
ALONE = re.compile(r"[a-z][\w.!-]*")
IN_QUERY = re.compile(r"%(?:2F|3A|40|21|27|28|29|2C|3B)")
NUMBER = re.compile(r"\+?(\d{1,9}(?:[.,]\d*)?|[.,]\d+)(?:\s|s(?:ec(?:ond)?s?)?$|$)", re.ASCII | re.IGNORECASE)
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|//")
AFTER_HOST = re.compile(r"[/?;]")
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

    def allows(self, url: str) -> bool:
        """The longest rule that matches decides; of two as long, the one that allows."""
        path = path_of(url)
        if path == "/robots.txt":
            return True
        forms = dict.fromkeys((path, _query_bare(path)))
        matching = [rule for rule in self.rules if any(map(rule.matches, forms))]
        return not matching or max(matching, key=lambda rule: (rule.length, rule.allow)).allow


@dataclass(frozen=True, slots=True)
class RobotsTxt:
    """Groups by product token in lower case, `*` for all others."""

    groups: dict[str, Group]
    sitemaps: tuple[str, ...]

    def asks(self, agent: str) -> Group:
        """What it asks of that agent: its own group, or else the one for all."""
        named = next((self.groups[name] for name in tokens(agent) if name in self.groups), None)
        return named or self.groups.get("*") or Group()

    def allows(self, agent: str, url: str) -> bool:
        return self.asks(agent).allows(url)


def token(agent: str) -> str:
    """An agent's product token, without version and comment, in lower case; `*` where it has none."""
    return next(iter(tokens(agent)), "*")


def tokens(agent: str) -> tuple[str, ...]:
    """The product tokens by which robots.txt may call that agent, in lower case, the likeliest first. A token
    is its own; `name/1.0 (comment)` is called by its name; what calls itself Mozilla for old times' sake is
    called by what its comments name, then by its other products.
    """
    agent = agent.strip().lower()
    first = _token(agent)
    if first is None:
        return ()
    if first != "mozilla":
        # Several words without a version are neither a token nor the name of an agent.
        words = agent.split()
        return () if len(words) > 1 and all(map(ALONE.fullmatch, words)) else (first,)
    comments = COMMENT.findall(agent)
    inner = [name for comment in comments for name in _in_comment(comment)]
    outer = PRODUCT.findall(COMMENT.sub(" ", agent))
    return tuple(dict.fromkeys([*inner, *reversed(outer), first]))


def _token(value: str) -> str | None:
    found = TOKEN.match(value.strip())
    return found[0].lower() if found else None


def _in_comment(comment: str) -> Iterator[str]:
    """What follows `compatible;` names a product, and so does whatever has a version."""
    parts = [part.strip() for part in comment.split(";")]
    after = parts.index("compatible") + 1 if "compatible" in parts else len(parts)
    for place, part in enumerate(parts):
        for word in part.split():
            name, slash, _ = word.partition("/")
            if ALONE.fullmatch(name) and (slash or place == after):
                yield name


def parse(text: str) -> RobotsTxt:
    """Never fails: what is no rule is no rule."""
    groups: dict[str, Group] = {}
    sitemaps: list[str] = []
    agents: list[str] = []
    ruled = False
    for name, value in _lines(_within_limit(text)):
        if name == "user-agent":
            if ruled:
                agents, ruled = [], False
            agent = _token(value)
            if agent is not None:
                agents.append(agent)
                groups.setdefault(agent, Group())
        elif name == "sitemap":
            sitemaps.append(value)
        elif name == "crawl-delay":
            ruled = True  # no rule of the RFC's, but whoever writes one has named all whom it is for
            for agent in agents:
                groups[agent].delay = _delay(value) if groups[agent].delay is None else groups[agent].delay
        else:
            ruled = True
            found = list(_rules(name == "allow", value))
            for agent in agents:
                groups[agent].rules += found
    return RobotsTxt(groups, tuple(dict.fromkeys(filter(None, sitemaps))))


def path_of(url: str) -> str:
    """Path and query in the form in which they are compared, dot segments resolved as in a request."""
    rest = url.strip().partition("#")[0]
    scheme = SCHEME.match(rest)
    if scheme is not None:
        rest = rest[scheme.end() :]
    if scheme is not None or not rest.startswith("/"):
        start = AFTER_HOST.search(rest)
        rest = rest[start.start() :] if start else ""
    path, mark, query = rest.partition("?")
    if not path.startswith("/"):
        path = f"/{path}"
    return without_dots(_one_form(path, "")) + mark + _one_form(query, "")


def _within_limit(text: str) -> str:
    if len(text) * 4 <= MOST_BYTES:
        return text
    return text.encode("utf-8", "surrogatepass")[:MOST_BYTES].decode("utf-8", "ignore")


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
    rule = _rule(allow, pattern)
    yield rule
    bare = _query_bare(_one_form(pattern, "*$"))
    if "%" in pattern and "?" in pattern and bare != _one_form(pattern, "*$"):
        yield replace(_rule(allow, bare), length=rule.length)
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


def _query_bare(form: str) -> str:
    """The same with what need not be escaped in a query bare there."""
    path, mark, query = form.partition("?")
    return path + mark + IN_QUERY.sub(lambda found: chr(int(found[0][1:], 16)), query) if mark else form


def _delay(value: str) -> float | None:
    """Seconds; a decimal comma and the unit's name are forgiven."""
    found = NUMBER.match(value)
    return float(found[1].replace(",", ".")) if found else None
