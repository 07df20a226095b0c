"""Lines that publishers put between the paragraphs of an article, and that are none. Pure."""

import re
from collections.abc import Sequence

# Before the headline of another article, in a line of its own.
READ_ALSO = r"""
      lesen\ sie\ (auch|mehr|dazu) | (lies|mehr)\ (auch|dazu|zum\ thema)
    | (à\ )?lire\ (aussi|également|plus) | (voir|sur\ le)\ (aussi|même\ sujet)
    | (leer|lea|lee|ver)\ (también|más|además) | le\ puede\ interesar
    | (leia|veja|saiba)\ (também|mais) | leggi\ (anche|pure) | lees\ (ook|meer|verder)
    | (læs|les)\ (også|mere|mer) | läs\ (också|även|mer) | lue\ (myös|lisää)
    | (czytaj|zobacz|przeczytaj)\ (także|też|również|więcej)
    | (čtěte|přečtěte\ si|čítajte)\ (také|též|tiež|aj) | olvassa\ el | citește\ (și|mai)
    | (pročitajte|preberite)\ (i|još|tudi) | (прочетете|четете)\ (още|също)
    | (читайте|смотрите)\ (также|ещё|еще) | (читайте|дивіться)\ (також|ще)
    | διαβάστε\ (επίσης|ακόμη|ακόμα) | ayrıca\ (oku|okuyun|bakınız) | ilgili\ haber(ler)?
    | baca\ (juga|selengkapnya) | (đọc|xem)\ (thêm|tiếp) | อ่าน(เพิ่มเติม|ต่อ)
    | (यह|ये)\ भी\ पढ़ें | आगे\ पढ़ें | আরও\ পড়ুন | اقرأ\ (أيضا|أيضًا|أيضاً|المزيد)
    | بیشتر\ بخوانید | (یہ|مزید)\ (بھی\ )?پڑھیں | קראו\ (גם|עוד)
    | (延伸|相关|相關)(阅读|閱讀|新闻|新聞|报道|報導)
    | (関連|あわせて読みたい)(記事|ニュース)? | 관련\s?기사
"""
LINE = re.compile(
    rf"""^[\s•·|*▶►■➤>-]*(
        oops!? | something\ went\ wrong\.? | please\ try\ again\ later\.?
      | (oops!\s*)?something\ went\ wrong\.\s*please\ try\ again\ later\.?
      | \d{{1,3}}\s*min(ute)?s?\ read | in\ this\ article:? | advertisement | story\ continues(\ below.*)?
      | (read|see|watch)\ (more|also|next)
        (\s*[:|»>–—-].{{0,160}} | (\s+\S+){{0,20}}[^.!?…"”\s] | (\s+\S+){{0,7}})
      | ({READ_ALSO})(\s*[:：|»>–—-].{{0,160}})? | related(\ (articles|stories|topics))?:?
      | (tags|topics|filed\ under|original\ (author|location)|originally\ published)\ ?:.{{0,400}}
      | (share|follow\ us|subscribe|sign\ up)(\ (this|on|to|for|with|now)\b.{{0,120}})?
      | our\ goal\ is\ to\ create\ a\ safe\ and\ engaging\ place.{{0,400}}
      | .{{0,60}}\bvideos?
      | (all\ rights\ reserved|copyright|©).{{0,160}}
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
LONGEST = 500  # characters of such a line
VIDEO_TITLE_WORDS = 4
BYLINES = 3  # lines at either end that may be one
BYLINE_WORDS = 2
LONGEST_BYLINE = 120
LEAST_NAME = 4  # letters of a name that is no other word


def is_boilerplate(line: str) -> bool:
    """Whether a whole line is furniture. A line that merely ends in 'video' counts only as a short title."""
    if len(line) > LONGEST or not LINE.match(line):
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
