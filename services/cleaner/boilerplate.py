"""Lines that publishers put between the paragraphs of an article, and that are none. Pure."""

import re
from collections.abc import Sequence

LINE = re.compile(
    r"""^[\s•·|*-]*(
        oops!? | something\ went\ wrong\.? | please\ try\ again\ later\.?
      | (oops!\s*)?something\ went\ wrong\.\s*please\ try\ again\ later\.?
      | \d+\s*min(ute)?s?\ read | in\ this\ article:? | advertisement | story\ continues(\ below.*)?
      | (read|see|watch)\ (more|also|next):?.{0,120} | related(\ (articles|stories|topics))?:?
      | (tags|topics|filed\ under|original\ (author|location)|originally\ published)\ ?:.{0,400}
      | (share|follow\ us|subscribe|sign\ up)(\ (this|on|to|for|with|now)\b.{0,120})?
      | our\ goal\ is\ to\ create\ a\ safe\ and\ engaging\ place.{0,400}
      | .{0,60}\bvideos?
      | (all\ rights\ reserved|copyright|©).{0,160}
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
VIDEO_TITLE_WORDS = 4
BYLINES = 3  # lines at either end that may be one
BYLINE_WORDS = 2
LONGEST_BYLINE = 120
LEAST_NAME = 4  # letters of a name that is no other word


def is_boilerplate(line: str) -> bool:
    """Whether a whole line is furniture. A line that merely ends in 'video' counts only as a short title."""
    if not LINE.match(line):
        return False
    ends_in_video = re.search(r"\bvideos?\s*$", line, re.IGNORECASE)
    return not ends_in_video or (len(line.split()) <= VIDEO_TITLE_WORDS and line.istitle())


def strip(text: str, title: str, authors: Sequence[str] = ()) -> str:
    """The text without such lines, repeats of its title at the top, and bylines; in paragraphs."""
    lines = [line.strip() for line in text.splitlines()]
    kept = [line for line in lines if line and not is_boilerplate(line)]
    folded = title.casefold().strip()
    while kept and folded and kept[0].casefold() == folded:
        kept.pop(0)
    first, last = kept[:BYLINES], kept[BYLINES:][-BYLINES:]
    between = kept[BYLINES : len(kept) - len(last)]
    signed = [name for name in authors if len(name) >= LEAST_NAME]
    return "\n\n".join(
        [
            *(line for line in first if not is_byline(line, signed)),
            *between,
            *(line for line in last if not is_byline(line, signed)),
        ]
    )


def is_byline(line: str, authors: Sequence[str]) -> bool:
    """Whether a line is the authors' names and at most a few words of no sentence: By Ada Example, Oslo"""
    if len(line) > LONGEST_BYLINE or not any(name in line for name in authors):
        return False
    rest = line
    for name in authors:
        rest = rest.replace(name, " ")
    return len(re.findall(r"\w+", rest)) <= BYLINE_WORDS and line[-1] not in ".!?…。"
