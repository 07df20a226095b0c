"""Which of a page's edits concern its article: those of the title and the text, not of the rest. Pure."""

from collections.abc import Iterable

from schemas.events import Hunk
from services.kit.text import fold_tokens

LEAST = 4  # tokens of a line that may stand within a paragraph; fewer must be a whole one
ALIKE = 0.5


def of_article(hunks: Iterable[Hunk], title: str, text: str) -> tuple[Hunk, ...]:
    """Those that concern the article, without the lines that do not."""
    hunks = tuple(hunks)
    if not hunks:
        return ()
    own = _Own(title, text)
    return tuple(kept for hunk in hunks if (kept := _kept(hunk, own)) is not None)


def _kept(hunk: Hunk, own: "_Own") -> Hunk | None:
    if not hunk.added:
        # What is gone can be judged by its place alone.
        return hunk if hunk.removed and hunk.before in own else None
    added = tuple(line for line in hunk.added if line in own)
    if not added:
        return None
    if len(added) == len(hunk.added):
        return hunk
    words = {word for line in added for word in fold_tokens(line).split()}
    removed = tuple(line for line in hunk.removed if _alike(line, words))
    return hunk.model_copy(update={"removed": removed, "added": added})


class _Own:
    """The article's words; a line is in it if it is its title, a paragraph of it, or within one."""

    def __init__(self, title: str, text: str) -> None:
        paragraphs = [fold_tokens(each) for each in (title, *text.splitlines())]
        self._whole = frozenset(paragraphs) - {""}
        self._all = f" {'  '.join(paragraphs)} "

    def __contains__(self, line: str) -> bool:
        tokens = fold_tokens(line)
        return tokens in self._whole or (tokens.count(" ") >= LEAST - 1 and f" {tokens} " in self._all)


def _alike(line: str, words: set[str]) -> bool:
    """Whether at least half of a line's words are among those."""
    own = set(fold_tokens(line).split())
    return bool(own) and len(own & words) >= ALIKE * len(own)
