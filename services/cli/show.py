"""What the command line prints of articles, searches and backtests: text in, lines out."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from schemas.events import Fact, ThreadedArticle
from services.kit.query.highlight import Highlight, Marks
from services.kit.stories import Story, told_at
from services.kit.telling import Every
from services.store.backtest import Report
from services.store.facets import Facets

Unit = Literal["day", "week", "month"]

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
MOST_DAYS = 62  # bars of a day each; for a longer time a bar is a week, then a month
MOST_WEEKS = 60
MOST_SOURCES = 15
_EIGHTHS = " ▏▎▍▌▋▊▉"
# What pages say must not steer the terminal; one character for one, so that marks stay where they are.
_HARMLESS = dict.fromkeys((*range(32), *range(127, 160)), "\ufffd")


def row(article: ThreadedArticle, shown: Highlight | None = None, colour: bool = False) -> str:
    """An article in two or three lines: when, who, what; where; and why it was found."""
    when: datetime = article.published_at or article.fetched_at
    title = marked(shown.title, shown.title_marks, colour) if shown else harmless(article.title)
    lines = [f"{when:%Y-%m-%d %H:%M}  {_outlet(article)}: {title}"]
    if shown and shown.text:
        lines.append(f"{'':18}{marked(shown.text, shown.text_marks, colour)}")
    return "\n".join([*lines, f"{'':18}{harmless(article.url)}"])


def marked(text: str, marks: Marks, colour: bool) -> str:
    """The text with what was asked for in bold, where the terminal can, else in «marks»."""
    text = harmless(text)
    before, after = (BOLD, PLAIN) if colour else ("«", "»")
    out: list[str] = []
    at = 0
    for start, end in marks:
        if start >= at:
            out += [text[at:start], before, text[start:end], after]
            at = end
    return "".join([*out, text[at:]])


def bars(counts: Sequence[tuple[str, int]], width: int) -> Iterator[str]:
    """A line for each: name, number and a bar; the longest takes what the terminal has left."""
    if not counts:
        return
    names = min(32, max(len(name) for name, _ in counts))
    most = max(1, *(count for _, count in counts))
    figures = len(str(most))
    room = max(8, width - names - figures - 6)
    for name, count in counts:
        yield f"  {name[:names]:{names}}  {count:{figures}}  {_bar(count / most * room)}".rstrip()


def facets(found: Facets, width: int) -> Iterator[str]:
    for name in ("source", "country", "topic", "language", "day"):
        counts = getattr(found, name)
        if counts:
            yield f"\n{name}"
            yield from bars(counts, width)


def report(found: Report, every: Every, width: int) -> Iterator[str]:
    """A backtest, whole."""
    days = (found.until.date() - found.since.date()).days + 1
    yield (
        f"{_counted(found.alerts[every], 'alert')} in {_counted(days, 'day')}, one for each {every} "
        f"({', '.join(f'{count} by {other}' for other, count in found.alerts.items() if other != every)})"
    )
    if not found.articles:
        yield "nothing matches in that time"
    else:
        stories = "1 story" if found.stories == 1 else f"{found.stories} stories"
        yield f"{_counted(found.articles, 'article')} in {stories}; {found.copies} of them copies"
        unit = _unit(days)
        yield f"\nby {unit}"
        yield from bars(_spread(found, unit), width)
        yield "\nby source"
        yield from bars(_most(found.by_source), width)
        yield "\nnewest"
        yield from _indented(found.newest)
        yield "\nmost typical"
        yield from _indented(found.typical)
    if found.near_misses:
        yield "\nnear misses: articles that fail by one clause"
        for missed in found.near_misses:
            yield f"  {missed.total} but for {missed.clause}"
            yield from (f"    {line}" for line in _indented(missed.newest))


def story(found: Story) -> Iterator[str]:
    """A story: headline, facts, and its articles as a time line with their copies folded."""
    copies = sum(len(entry.copies) for entry in found.entries)
    articles = len(found.entries) + copies
    yield harmless(found.headline.title) or "untitled"
    yield (
        f"{_counted(articles, 'article')} of {_counted(found.outlets, 'outlet')}, {copies} of them copies; "
        f"{', '.join(found.languages) or 'language unknown'}; "
        f"{found.began:%Y-%m-%d %H:%M} – {found.ended:%Y-%m-%d %H:%M} UTC"
    )
    yield f"story {', also '.join(map(harmless, found.ids))}"
    if found.answers:
        yield f"answers story {', '.join(map(harmless, found.answers))}"
    if found.facts:
        yield "\nfacts"
        for told in found.facts:
            confirmed = f"confirmed by {told.confirmed} more" if told.confirmed else "not confirmed"
            when = f"{told_at(told.first):%Y-%m-%d %H:%M}"
            yield f"  {fact(told.fact)}: first told by {_outlet(told.first)}, {when}; {confirmed}"
    yield "\ntime line"
    for entry in found.entries:
        article = entry.article
        yield f"  {told_at(article):%Y-%m-%d %H:%M}  {_outlet(article)}: {harmless(article.title)}"
        for told_now in article.new_facts:
            yield f"{'':20}+ {fact(told_now)}"
        if entry.copies:
            yield f"{'':20}copied by {', '.join(dict.fromkeys(map(_outlet, entry.copies)))}"


def fact(one: Fact) -> str:
    """A fact in one line: 'expulsion: NO → RU, 8'; what is new in it, where it is not the event itself."""
    parties = " → ".join(", ".join(side) or "?" for side in (one.actor, one.target))
    rest = [parties, *([str(one.count)] if one.count is not None else [])]
    rest += [one.status] if one.status != "done" else []
    new = {"count": " (a new number)", "status": " (a new stage)", "answer": " (an answer)"}.get(one.kind, "")
    return harmless(f"{one.type.replace('_', ' ')}: {', '.join(rest)}{new}")


def _spread(found: Report, unit: Unit) -> list[tuple[str, int]]:
    """Every day, week or month of the time, the empty ones too; months only since there is anything."""
    first, last = found.since.date(), found.until.date()
    if unit == "month":
        first = found.by_day[0][0]
    days = (first + timedelta(number) for number in range((last - first).days + 1))
    spread = dict.fromkeys((_named(day, unit) for day in days), 0)
    for day, count in found.by_day:
        spread[_named(day, unit)] = spread.get(_named(day, unit), 0) + count
    return list(spread.items())


def _unit(days: int) -> Unit:
    if days <= MOST_DAYS:
        return "day"
    return "week" if days <= 7 * MOST_WEEKS else "month"


def _named(day: date, unit: Unit) -> str:
    """A week by its Monday."""
    if unit == "month":
        return f"{day:%Y-%m}"
    return (day - timedelta(day.weekday()) if unit == "week" else day).isoformat()


def _most(counts: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    rest = sum(count for _, count in counts[MOST_SOURCES:])
    return [*counts[:MOST_SOURCES], *([("others", rest)] if rest else [])]


def _indented(articles: Iterable[ThreadedArticle]) -> Iterator[str]:
    for article in articles:
        when = article.published_at or article.fetched_at
        yield f"  {when:%Y-%m-%d}  {_outlet(article)}: {harmless(article.title)}"


def harmless(text: str) -> str:
    """The text without control characters."""
    return text.translate(_HARMLESS)


def _outlet(article: ThreadedArticle) -> str:
    return harmless(article.source_name or article.site or article.source or "unknown source")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _bar(length: float) -> str:
    eighths = round(length * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
