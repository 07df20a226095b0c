"""What the command line prints of articles, searches and backtests: text in, lines out."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from schemas.events import ThreadedArticle
from services.kit.query.highlight import Highlight, Marks
from services.kit.telling import Every
from services.store.backtest import Report
from services.store.facets import Facets

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
MOST_DAYS = 62  # bars of a day each; for a longer time a bar is a week
MOST_SOURCES = 15
_EIGHTHS = " ▏▎▍▌▋▊▉"


def row(article: ThreadedArticle, shown: Highlight | None = None, colour: bool = False) -> str:
    """An article in two or three lines: when, who, what; where; and why it was found."""
    when: datetime = article.published_at or article.fetched_at
    title = marked(shown.title, shown.title_marks, colour) if shown else article.title
    lines = [f"{when:%Y-%m-%d %H:%M}  {article.source_name or article.site}: {title}"]
    if shown and shown.text:
        lines.append(f"{'':18}{marked(shown.text, shown.text_marks, colour)}")
    return "\n".join([*lines, f"{'':18}{article.url}"])


def marked(text: str, marks: Marks, colour: bool) -> str:
    """The text with what was asked for in bold, where the terminal can."""
    if not colour:
        return text
    out: list[str] = []
    at = 0
    for start, end in marks:
        if start >= at:
            out += [text[at:start], BOLD, text[start:end], PLAIN]
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
        f"{found.alerts[every]} alerts in {days} days, one for each {every} "
        f"({', '.join(f'{count} by {other}' for other, count in found.alerts.items() if other != every)})"
    )
    yield f"{found.articles} articles in {found.stories} stories; {found.copies} of them are copies"
    if found.articles:
        by_week = days > MOST_DAYS
        yield f"\nby {'week' if by_week else 'day'}"
        yield from bars(_spread(found, by_week), width)
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


def _spread(found: Report, by_week: bool) -> list[tuple[str, int]]:
    """Every day or week of the time, the empty ones too; a week is named by its Monday."""
    first, last = found.since.date(), found.until.date()
    spread = dict.fromkeys((_named(first + timedelta(n), by_week) for n in range((last - first).days + 1)), 0)
    for day, count in found.by_day:
        spread[_named(day, by_week)] = spread.get(_named(day, by_week), 0) + count
    return list(spread.items())


def _named(day: date, by_week: bool) -> str:
    return (day - timedelta(day.weekday()) if by_week else day).isoformat()


def _most(counts: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    rest = sum(count for _, count in counts[MOST_SOURCES:])
    return [*counts[:MOST_SOURCES], *([("others", rest)] if rest else [])]


def _indented(articles: Iterable[ThreadedArticle]) -> Iterator[str]:
    for article in articles:
        when = article.published_at or article.fetched_at
        yield f"  {when:%Y-%m-%d}  {article.source_name or article.site or article.source}: {article.title}"


def _bar(length: float) -> str:
    eighths = round(length * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
