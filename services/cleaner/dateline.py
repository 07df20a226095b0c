"""The dateline of an article, apart from its text: place, day and agency before the first sentence. Pure.

Read are the forms of the press, each with a mark that a sentence does not have: an agency that is known, a
day, a place in capitals before a dash, brackets with an equals sign. A place in small letters before a dash
or one in capitals before a colon needs the text's word for it: that it is named there again as a place.
"""

import re

from services.cleaner.metadata.agencies import agencies_in, credited

LONGEST = 120  # characters of a dateline
PARAGRAPHS = 3  # that may have it: summaries stand before it
_CAPITALS = 3  # letters of a place in capitals: US and UK begin sentences, too
_DASH = r"(?:\.?\s?[-–—―]{1,2})"
_NAME = r"[^\W\d_][\w'’.-]{0,24}"
_PLACE = rf"{_NAME}(?:\s(?:d[aeiou]s?|la|am|an|der|sur|upon|[^\W\d_]\.|{_NAME})){{0,3}}?"
_MONTH = r"[^\W\d_]{3,12}\.?"
_DAY = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th|er|\.|º)?(?:\sde)?\s{_MONTH}|{_MONTH}\s\d{{1,2}}"
    rf"|\d{{1,2}}[./]\d{{1,2}}\.?)(?:,?\s(?:de\s)?\d{{4}})?"
)
_WESTERN = re.compile(
    rf"""
    (?P<place>{_PLACE}(?:\s?[/,]\s?{_PLACE}){{0,3}}?)??
    (?P<comma>[,.]?)(?:\s(?P<day>{_DAY}))?
    (?:[,.]?\s*(?P<agency>\([^()\n]{{2,40}}\)|/[^()/\n]{{2,30}}/|«[^«»\n]{{2,30}}»))?
    (?:,?\s(?P<day_after>{_DAY}))?
    (?:\s?(?P<end>{_DASH}|[.:])(?:\s+|(?<=[-–—―]))|(?<=[)/»])\s+)(?=\S)
    """,
    re.VERBOSE,
)
# - RIA Novosti.
_BEHIND = re.compile(r"([^\s.!?,:–—-][^.!?,:–—]{1,38}?)(?:\s?[.:,]|\s[-–—])\s+")
_BRACKETS = re.compile(r"[【（(［\[](?P<inside>[^】）)］\]\n]{2,40})[】）)］\]]")
# Behind a bracket: 홍길동 기자 =, or a dash.
_SIGNED = re.compile(r"\s?(?:[\w·, ]{2,24}(?:기자|특파원)\s?)?(?:[=＝]|[-–—](?=\s))\s*|\s*")
_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff"
_WIRE = re.compile(
    rf"[{_UNSPACED}]{{2,16}}(?:\d{{1,2}}月)?\d{{1,2}}日(?:综合)?(?:电|電|讯|訊)(?:\s?[（(][^（）()\n]{{2,40}}[）)])?[：:，,]?\s*"
)
_SENT = re.compile(rf"[{_UNSPACED}／/．\d 　=＝]*(?:电|電|讯|訊|報導|報道|报道)")
# Words that stand where places do, and are none: rubrics, days of the week.
_NO_PLACES = re.compile(
    r"""(?:
        exclusive | exclusif | exclusiva | exklusiv | esclusiva | analysis | analyse | an[aá]lisis
        | analisi | opinion | opini[oó]n | comment | commentary | kommentar | kommentti | editorial
        | video | vid[eé]o | watch | listen | live | en\ direct | breaking | update | updated
        | posted | published | interview | entretien | intervista | entrevista | review | photos?
        | explainer | factbox | report | reportage | reportaje | r[eé]cit | portrait | d[eé]cryptage
        | infographie | enqu[eê]te | t[eé]moignage | le\ point | le\ fait | podcast | factcheck
        | fact\ check | summary | note | correction | editor | advertorial | sponsored
        | press\ release | for\ immediate\ release | fazit | hintergrund | эксклюзив | видео
        | интервью | обзор | мнение | фото | mardi | s[aá]bado | domingo
        | \w+(?:day|tag|woch|ndi|redi|edì)
    )\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ENDS = re.compile(r"(?:(?<=\))\.)?\s?(?:[-–—―]{1,2}|[:=＝，：])$")
_IN = r"(?:in|near|nach|aus|bei|à|au|en|i|w|we|v|ve|te|в|у|em|na|no|a)"


def take(text: str) -> tuple[str | None, str]:
    """The dateline as written, without the marks that end it, if there is one; the text without it."""
    paragraphs = text.split("\n\n", PARAGRAPHS)
    for i, paragraph in enumerate(paragraphs[:PARAGRAPHS]):
        size = _bracketed(paragraph) or _wire(paragraph) or _western(paragraph, text)
        if size and size < len(paragraph):
            written = paragraph[:size].strip()
            paragraphs[i] = paragraph[size:]
            return _ENDS.sub("", written), "\n\n".join(paragraphs)
    return None, text


def _bracketed(paragraph: str) -> int:
    """（北京＝共同）, 【ロンドン時事】, (서울=연합뉴스) 홍길동 기자 =, [東京 2日 ロイター] -"""
    found = _BRACKETS.match(paragraph)
    if found is None:
        return 0
    inside = found["inside"]
    parts = re.split(r"[=＝\s]", inside)
    east_asian = re.search(rf"[{_UNSPACED}\uac00-\ud7a3]", inside) is not None
    told = (
        (paragraph[0] == "【" and len(parts) > 1 and re.search("[=＝]", inside))
        or (len(parts) > 1 and any(map(agencies_in, parts)))
        or _SENT.fullmatch(inside)
        or credited(found[0])
    )
    if not east_asian or not told:
        return 0
    signed = _SIGNED.match(paragraph, found.end())
    return signed.end() if signed else found.end()


def _wire(paragraph: str) -> int:
    """新华社北京11月27日电（记者张三）"""
    found = _WIRE.match(paragraph)
    return found.end() if found else 0


def _western(paragraph: str, text: str) -> int:
    head = paragraph[:LONGEST]
    size = 0
    for _ in range(2):  # (ANSA) - ROMA, 2 MAR -
        found = _WESTERN.match(head, size)
        if found is None or not found[0].strip():
            break
        further = _further(found, head)
        if not further and not _marked(found, head, text):
            break
        size = further or found.end()
        if found["place"]:
            break
    return size


def _further(found: re.Match[str], head: str) -> int:
    """Where an agency without brackets ends: MOSCOW, 2 March - RIA Novosti. Paris, AFP -"""
    place, end = found["place"], found["end"]
    if not place or not end:
        return 0
    if "," in place and agencies_in(place.rpartition(",")[2].strip()):
        return found.end()
    behind = _BEHIND.match(head, found.end())
    return behind.end() if behind and agencies_in(behind[1]) else 0


def _marked(found: re.Match[str], head: str, text: str) -> bool:
    place, end = found["place"], found["end"] or ""
    agency = (found["agency"] or "").strip("()/«» ")
    known = bool(agency and agencies_in(agency))
    day = found["day"] or found["day_after"]
    dash = bool(end) and end[-1] in "-–—―"
    if not place:
        return known and (dash or found["agency"][0] == "/")
    if _NO_PLACES.match(place):
        return False
    capitals = _in_capitals(place)
    if known:
        return bool(end) or capitals
    if not head[found.end()].isupper() and head[found.end()].islower():
        return False
    if agency:
        return dash and (capitals or _named(place, text))
    if day:
        return dash and found["comma"] != "" and _names(place)
    if dash:
        return _apart(found, head) and (capitals or _named(place, text))
    return end == ":" and capitals and _named(place, text)


def _apart(found: re.Match[str], head: str) -> bool:
    """Whether the dash is no hyphen."""
    return len(found["end"]) > 1 or found["end"] in "–—―" or head[found.start("end") - 1] == " "


def _in_capitals(place: str) -> bool:
    """Of several places, or a place and its land, the first."""
    first = re.split(r"[/,]", place)[0]
    letters = [letter for letter in first if letter.isalpha()]
    return len(letters) >= _CAPITALS and all(letter.isupper() for letter in letters)


def _names(place: str) -> bool:
    return all(not part.strip()[:1].islower() for part in re.split(r"[/,]", place))


def _named(place: str, text: str) -> bool:
    """Whether the text names one of the places again, where places are."""
    return any(
        re.search(rf"\b{_IN} {re.escape(part.strip())}\b", text, re.IGNORECASE if part.isupper() else 0)
        for part in re.split(r"[/,]", place)
        if part.strip()[:1].isupper()
    )
