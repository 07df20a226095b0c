"""The text of a live blog and its reports agree."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Article, Entry, RawPage
from services.cleaner.core import clean
from services.cleaner.live_text import ENOUGH, live_text

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEAD = "Norway and its neighbour quarrel over eight diplomats, and here is what is known so far."
REPORTS = (
    ("Embassy answers", ("The embassy calls the step groundless and promises an answer soon.",)),
    (
        "Eight named",
        (
            "The list of those who must leave has eight names on it now, says Oslo.",
            "Six of them are said to have worked in the trade section of the embassy.",
        ),
    ),
    ("", ("A statement is expected within the hour, the ministry says to reporters.",)),
    ("Good morning", ("We report here on the row over diplomats, all through the day.",)),
)


def cleaned(body: str, data: object = None) -> Article:
    head = f"<script type='application/ld+json'>{json.dumps(data)}</script>" if data else ""
    title = "Row over diplomats"
    html = f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1>{body}</body></html>"
    url = "https://courier.example/world/live/row-over-diplomats"
    return clean(
        RawPage(capture_id="c", url=url, source="c", fetched_at=NOON, first_seen=NOON, revision=1, html=html)
    )


def shown(reports: Sequence[tuple[str, Sequence[str]]] = REPORTS, between: str = "") -> str:
    return f"<p>{LEAD}</p><div>" + "".join(
        f"<div class='live-entry'><time datetime='2026-03-02T{11 - number}:30:00Z'>{11 - number}:30</time>"
        + (f"<h3>{title}</h3>" if title else "")
        + "".join(f"<p>{paragraph}</p>{between}" for paragraph in paragraphs)
        + "</div>"
        for number, (title, paragraphs) in enumerate(reports)
    )


def told(reports: Sequence[tuple[str, Sequence[str]]] = REPORTS) -> object:
    updates = [
        {
            "headline": title,
            "articleBody": " ".join(paragraphs),
            "datePublished": f"{NOON - timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}",
        }
        for number, (title, paragraphs) in enumerate(reports)
    ]
    return {"@type": "LiveBlogPosting", "liveBlogUpdate": updates}


WHOLE = [LEAD, *(line for title, paragraphs in REPORTS for line in (title, *paragraphs) if line)]


def test_reports_as_the_page_shows_them() -> None:
    found = cleaned(shown())
    assert found.text.split("\n\n") == WHOLE
    assert [(entry.title, tuple(entry.text.split("\n\n"))) for entry in found.entries] == list(REPORTS)


def test_machines_are_told_the_same_in_one_paragraph() -> None:
    found = cleaned(shown(), told())
    assert found.text.split("\n\n") == WHOLE
    assert [(entry.title, tuple(entry.text.split("\n\n"))) for entry in found.entries] == list(REPORTS)


def test_reports_that_scripts_would_fill_in() -> None:
    found = cleaned(f"<p>{LEAD}</p><p>{LEAD} It is a long story.</p>", told())
    expected = [line for title, paragraphs in REPORTS for line in (title, " ".join(paragraphs)) if line]
    assert found.text.split("\n\n")[-len(expected) :] == expected


def test_what_is_quoted_belongs_to_its_report() -> None:
    post = "The minister on the web: all of them will have left the country by Sunday."
    found = cleaned(shown(REPORTS, f"<blockquote>{post}</blockquote>"), told())
    assert found.entries[0].text.split("\n\n") == [REPORTS[0][1][0], post]
    assert found.text.split("\n\n")[1:4] == ["Embassy answers", REPORTS[0][1][0], post]


def test_of_hundreds_the_page_shows_the_last() -> None:
    older = [
        (f"Report {number}", (f"{number} " + "What happened then is long known. " * 8,))
        for number in range(120)
    ]
    found = cleaned(shown(), told([*REPORTS, *older]))
    assert len(found.entries) == 124
    assert found.text.split("\n\n")[: len(WHOLE)] == WHOLE
    assert "Report 3" in found.text.split("\n\n")  # there is room
    assert "Report 90" not in found.text.split("\n\n")
    assert len(found.text) < ENOUGH + 1000


def test_furniture_is_in_no_report() -> None:
    found = cleaned(
        shown([*REPORTS, ("Furniture", ("Share this story with your friends", REPORTS[0][1][0]))])
    )
    assert "Share" not in found.text
    assert all("Share" not in entry.text for entry in found.entries)


LINES = st.sampled_from([
    "10:15", "Read more", "It rains.", "A short one",
    "The embassy calls the step groundless, says its speaker.",
    "Six of them are said to have worked in the trade section there.", "Eight must go", "",
])  # fmt: skip
ENTRIES = st.builds(
    lambda title, text: Entry(title=title, text="\n\n".join(line for line in text if line)),
    LINES,
    st.lists(LINES, max_size=4),
)


@given(st.lists(LINES.filter(bool), max_size=12), st.lists(ENTRIES, max_size=5))
def test_whatever_there_is_they_agree(paragraphs: list[str], entries: list[Entry]) -> None:
    text, kept = live_text("\n\n".join(paragraphs), entries)
    assert [entry.title for entry in kept] == [entry.title for entry in entries]
    for entry in kept:
        # Few reports: all of them are in the text, each in one piece.
        whole = "\n\n".join(line for line in (entry.title, entry.text) if line)
        assert whole in text
    told = " ".join([text, *(entry.text for entry in entries)])
    assert all(paragraph in told for paragraph in paragraphs if len(paragraph) >= 40)
