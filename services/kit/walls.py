"""Is a page a wall in front of another: a question for consent, a test for robots, a login, a refusal,
nothing at all? Many walls say 200. Pure.

Told only where it is plain: by a piece of markup that is sent with walls alone, or by the title of a page
that has hardly any text and does not call itself an article. Articles about walls, articles with a banner in
front, and those whose text lies in a script are articles.
"""

import re
from dataclasses import dataclass
from html import unescape
from typing import Literal, get_args

from services.kit import declared
from services.kit import wall_marks as marks

Kind = Literal["consent", "challenge", "login", "denied", "home", "empty"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# Letters that a reader sees, menus and all. A wall that is told by its markup or title has fewer.
SHORT = 1500
LONG = 6000  # questions for consent are wordy
NOTHING = 400  # what a page that only asks for scripts says, at most
PIECE = 4000  # characters that are read at a time
# Of which nothing is for readers where these many pieces and characters show nothing.
MOST_PIECES, MOST_READ = 3_000, 1_500_000
HEAD = 300_000  # characters in which marks are looked for

BY_TITLE: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("challenge", marks.CHALLENGE_TITLE),
    ("denied", marks.DENIED_TITLE),
    ("login", marks.LOGIN_TITLE),
    ("consent", marks.CONSENT_TITLE),
)
MOST: dict[Kind, int] = {"challenge": SHORT, "denied": SHORT, "login": SHORT, "consent": LONG}

TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,500})", re.IGNORECASE)
UNSEEN = ("script", "style", "template", "svg", "noscript", "head", "iframe", "textarea", "select", "object")
HIDDEN = re.compile(rf"<({'|'.join(UNSEEN)})\b|<!--", re.IGNORECASE)
HIDDEN_IN_BODY = re.compile(HIDDEN.pattern.replace("|head", ""), re.IGNORECASE)  # there is but one head
ENDS = {name: re.compile(rf"</{name}\s{{0,9}}>", re.IGNORECASE) for name in UNSEEN}
NOSCRIPT = re.compile(r"<noscript\b[^>]{0,200}>([^<]{1,400})", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Wall:
    """`kind` for machines, `reason` for people."""

    kind: Kind
    reason: str


def wall_of(page: str, told: bool = True) -> Wall | None:
    """The wall that the page is. `told`: it came as an answer, with status 200, not as a refusal."""
    head = page[:HEAD]
    if declared.is_article(head):
        return None
    title = _title(head)
    called = [kind for kind, pattern in BY_TITLE if pattern.fullmatch(title)]
    seen, letters = visible(page, max((MOST[kind] for kind in called), default=SHORT))
    if letters < NOTHING and declared.is_article(page):
        return None
    if letters < SHORT:
        for name, pattern in marks.CHALLENGES:
            if pattern.search(head):
                return Wall("challenge", f"a test by {name}")
    for kind in called:
        if letters < MOST[kind] and (kind != "login" or marks.PASSWORD.search(page)):
            return Wall(kind, f"a page called {title!r}")
    if letters < SHORT and marks.REGION.search(seen):
        return Wall("denied", "not to be read from where we are, it says")
    return _nothing_to_read(page, seen, letters) if told else None


def _nothing_to_read(page: str, seen: str, letters: int) -> Wall | None:
    if letters >= NOTHING:
        return None
    said = " ".join([seen[: 4 * NOTHING], *NOSCRIPT.findall(page)[:5]])
    if marks.NEEDS_SCRIPTS.search(said):
        return Wall("empty", "it asks for JavaScript and says nothing else")
    return None if letters else Wall("empty", "there is nothing to read on it")


def _title(page: str) -> str:
    found = TITLE.search(page)
    return " ".join(unescape(found[1]).split()) if found else ""


def visible(page: str, enough: int) -> tuple[str, int]:
    """What a reader sees of a page, roughly (without head, scripts, comments and tags), and how many letters
    it has; no more of it than makes `enough` letters.
    """
    kept: list[str] = []
    at, letters, hidden, looked_at = 0, 0, HIDDEN, 0
    for _ in range(MOST_PIECES):
        if at >= len(page) or letters >= enough or looked_at >= MOST_READ:
            break
        # In pieces, each up to a tag: a long page is known for one by its beginning.
        stop = min(len(page), at + PIECE)
        opening = hidden.search(page, at, stop)
        if opening and opening.end() == stop < len(page):
            opening = None  # its name may go on
        cut = page.rfind("<", at + 1, stop) if stop < len(page) else stop
        end = opening.start() if opening else cut if cut > 0 else stop
        looked_at += end - at
        kept.append(unescape(TAG.sub(" ", page[at:end])))
        letters += sum(map(len, WORD.findall(kept[-1])))
        at = _after(page, opening) if opening else end
        if opening and opening[1] and opening[1].lower() == "head":
            hidden = HIDDEN_IN_BODY
    return " ".join(" ".join(kept).split()), letters


def _after(page: str, opening: re.Match[str]) -> int:
    """Where what is hidden ends; without an end all that follows is hidden, as in browsers."""
    if opening[1] is None:
        end = page.find("-->", opening.end())
        return len(page) if end < 0 else end + 3
    name = opening[1].lower()
    closing = ENDS[name].search(page, opening.end())
    if closing is not None:
        return closing.end()
    return opening.end() if name == "head" else len(page)  # the end of a head may be left out
