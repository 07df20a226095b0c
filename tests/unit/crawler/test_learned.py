"""What a section page teaches from look to look, on pages of one's own making."""

from collections.abc import Iterator, Sequence
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crawler.discovery import parse_feed
from services.crawler.discovery.learned import (
    MOST_LINKS,
    MOST_SHAPES,
    Learned,
    entries,
    is_article,
    observe,
    rebuilt,
    told,
)
from services.crawler.discovery.model import Link

HOUR = 3600.0
HOME = "https://short.example/"
MENU = [
    ("/world", "World"),
    ("/world/africa", "Africa"),
    ("/sport", "Sport"),
    ("/sport/football", "Football"),
]
BEGIN = 1_000_000.0


def page(rows: Sequence[tuple[str, str]]) -> tuple[Link, ...]:
    body = "".join(f'<p><a href="{url}">{title}</a></p>' for url, title in rows)
    return parse_feed(f"<html><body>{body}</body></html>".encode(), "text/html", HOME).links


def stories(start: int) -> Iterator[tuple[str, str]]:
    """Addresses and headlines too short to be told from navigation by one look."""
    for number in range(start, start + 100_000):
        name = "".join(chr(97 + int(digit)) for digit in str(number))
        yield f"/world/envoy-{name}", f"Envoy of {name.title()} recalled"


def watched(looks: int, at_once: int = 20, learned: Learned | None = None) -> Learned:
    """A look an hour at a page with so many stories, of which one goes and one comes each hour."""
    learned = learned or Learned()
    for look in range(looks):
        links = page([*MENU, *islice(stories(look), at_once)])
        learned = observe(learned, links, len(entries(learned, links)), BEGIN + look * HOUR)
    return learned


def found(learned: Learned, rows: Sequence[tuple[str, str]]) -> set[str]:
    return {entry.url.removeprefix("https://short.example") for entry in entries(learned, page(rows))}


def test_what_comes_and_goes_is_found_though_one_look_does_not_tell() -> None:
    story = ("/world/envoy-zz", "Envoy of Zz recalled")
    assert found(Learned(), [story]) == set()
    learned = watched(12)
    assert found(learned, [story, *MENU]) == {story[0]}
    # A new section, too, is none.
    assert found(learned, [("/ukraine", "Ukraine"), ("/world/ukraine", "Ukraine")]) == set()


def test_a_page_that_only_stands_teaches_that_it_is_navigation() -> None:
    topics = [(f"/in-depth/the-long-war-of-number-{n}", f"The long war of the number {n}") for n in range(8)]
    links = page(topics)
    learned = Learned()
    assert len(entries(learned, links)) == 8
    for day in range(12):
        learned = observe(learned, links, 8, BEGIN + day * 24 * HOUR)
    # Where nothing comes, that these stand says nothing.
    assert len(entries(learned, links)) == 8
    for day in range(12, 16):
        news = [(f"/news/{day}-the-story-of-the-day-and-{n}", "The story of the day") for n in range(3)]
        learned = observe(learned, page([*topics, *news]), 8, BEGIN + day * 24 * HOUR)
    assert (
        found(learned, [*topics, ("/in-depth/the-new-war-of-next-year", "The new war of next year")]) == set()
    )


def test_a_weekly_whose_articles_stand_for_months_keeps_them() -> None:
    learned = Learned()
    for day in range(60):
        first = day // 4
        rows = [
            (f"/essays/the-long-war-of-{n}-kings", f"The long war of the {n} kings")
            for n in range(first, first + 20)
        ]
        links = page(rows)
        learned = observe(learned, links, 20, BEGIN + day * 24 * HOUR)
    assert found(learned, [("/essays/on-the-peace-of-the-kings", "On the peace of the kings")])


def test_pages_that_turned_out_to_be_none_are_believed() -> None:
    row = ("/in-depth/the-long-war-of-the-east", "The long war of the east")
    learned = watched(2)
    for n in range(2):
        learned = told(learned, f"{HOME}in-depth/the-long-war-of-{n}-x-y", article=False)
    assert found(learned, [row]) == set()
    for n in range(5):
        learned = told(learned, f"{HOME}in-depth/the-long-war-of-{n}-x-y", article=True)
    assert found(learned, [row]) == {row[0]}


def test_a_rebuilt_page_is_another_page() -> None:
    old = page(
        [(f"/2026/11/26/the-story-of-the-number-{n}", f"The story of the number {n}") for n in range(40)]
    )
    learned = observe(Learned(), old, 40, BEGIN)
    same = page(
        [(f"/2026/11/27/the-story-of-the-number-{n}", f"The story of the number {n}") for n in range(40)]
    )
    assert not rebuilt(learned, entries(learned, same))
    new = page(
        [(f"/news/the-story-of-the-number-{n}-12345", f"The story of the number {n}") for n in range(40)]
    )
    assert rebuilt(learned, entries(learned, new))
    assert not rebuilt(Learned(), entries(Learned(), new))
    many = page([(f"/2026/11/27/the-story-of-{n}-x-y", f"The story of the number {n}") for n in range(201)])
    assert rebuilt(learned, entries(learned, many))


def test_it_is_bounded_and_can_be_kept() -> None:
    learned = Learned()
    for look in range(4):
        rows = [(f"/{'x/' * (n % 60)}{look}a-b-c-{n}", f"The story of the number {n}") for n in range(1500)]
        learned = observe(learned, page(rows), 1500, BEGIN + look * HOUR)
    assert len(learned.present) <= MOST_LINKS
    assert len(learned.habits) <= MOST_SHAPES
    assert len(learned.dumps()) < 60_000
    kept = Learned.loads(learned.dumps())
    assert (kept.present, kept.chosen, kept.at) == (learned.present, learned.chosen, learned.at)
    assert kept.habits.keys() == learned.habits.keys()


@given(st.text(max_size=40))
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        Learned.loads(text)


def test_old_habits_fade() -> None:
    learned = watched(30)
    before = learned.habits["/world/w"].came
    later = observe(learned, (), 0, BEGIN + 40 * 24 * HOUR)
    assert later.habits["/world/w"].came < before


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ('<meta property="og:type" content="article">', True),
        ('<meta content="article" property="og:type">', True),
        ('<script type="application/ld+json">{"@type": ["NewsArticle"]}</script>', True),
        ('{"@type":"ReportageNewsArticle"}', True),
        ('<meta property="og:type" content="website">', False),
        ('{"@type":"CollectionPage"}', False),
        ("<p>text</p>", None),
    ],
)
def test_what_a_page_says_that_it_is(text: str, article: bool | None) -> None:
    assert is_article(text) is article
