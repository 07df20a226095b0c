import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest

from services.cli import filters
from tests.press import article_page

TITLE = "Norway expels eight Russian diplomats"
BODY = "Norway on Monday expelled eight Russian diplomats. Oslo gave them a week to leave the country."


def run(apply: filters.Apply, *lines: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    filters.run(apply, lines, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def rows(*given: dict[str, Any]) -> list[str]:
    return [json.dumps(row) for row in given]


def test_a_bad_line_gives_an_error_under_its_id_and_the_next_goes_on() -> None:
    good = {"id": 3, "url": "HTTP://A.example/?utm_source=x"}
    found = run(filters.canonical_url, *rows({"id": 1}), "{", "[]", *rows({"id": 2, "url": "mailto:x"}, good))
    assert [row["id"] for row in found] == [1, None, None, 2, 3]
    assert all("error" in row for row in found[:4])
    assert found[0]["error"] == "url: missing, or not a text"
    assert found[4] == {"id": 3, "canonical": "http://a.example/"}


def test_half_of_a_surrogate_pair_can_be_written() -> None:
    out = io.StringIO()
    filters.run(lambda row: {"title": row["title"]}, [r'{"id": "\udc00", "title": "\ud800"}'], out)
    assert json.loads(out.getvalue().encode()) == {"id": "?", "title": "?"}


def test_discover_names_kind_and_entries() -> None:
    feed = b"<rss version='2.0'><channel><item><title>T</title><link>http://a.example/1</link></item></channel></rss>"
    row = {
        "id": 1,
        "url": "http://a.example/f",
        "content_type": "text/xml",
        "body_b64": base64.b64encode(feed).decode(),
    }
    (found,) = run(filters.discover, *rows(row))
    assert found["kind"] == "rss"
    assert [entry["url"] for entry in found["entries"]] == ["http://a.example/1"]
    (wrong,) = run(filters.discover, *rows(row | {"body_b64": "?"}))
    assert "not base64" in wrong["error"]


def test_robots() -> None:
    robots = "User-agent: newswatch\nDisallow: /private/\nCrawl-delay: 3\n"
    row = {"id": 1, "robots_txt": robots, "agent": "newswatch", "url": "http://a.example/private/x"}
    assert run(filters.robots_txt, *rows(row)) == [{"id": 1, "allowed": False, "crawl_delay": 3.0}]


def test_clean_tag_thread_and_match_are_one_pipe(tmp_path: Path) -> None:
    html = article_page(TITLE, [f"{BODY} Paragraph {number} says so, too." for number in range(3)])
    pages = [
        {"id": "a", "url": "http://a.example/1", "html": html, "fetched_at": "2026-03-02 09:00:00"},
        {"id": "b", "url": "http://b.example/1", "html": html, "fetched_at": "2026-03-02T09:05:00Z"},
        {
            "id": "c",
            "url": "http://c.example/1",
            "html": "<html></html>",
            "fetched_at": "2026-03-02T09:06:00Z",
        },
    ]
    cleaned = run(filters.clean_page, *rows(*pages))
    assert [row["title"] for row in cleaned[:2]] == [TITLE, TITLE]
    assert "no article on http://c.example/1" in cleaned[2]["error"]
    assert cleaned[2]["code"] == "empty"
    tagged = run(filters.tagger(), *rows(*cleaned[:2]))
    assert [(event["actor"], event["count"]) for event in tagged[0]["events"]] == [(["NO"], 8)]
    threaded = run(filters.threader(), *rows(*tagged))
    assert [(row["relation"], row["story"], row["duplicate_of"]) for row in threaded] == [
        ("new", "a", None),
        ("copy", "a", "a"),
    ]
    subscriptions = tmp_path / "subscriptions.jsonl"
    subscriptions.write_text(
        "\n".join(
            rows({"id": "yes", "query": "event:(type:expulsion actor:NO)"}, {"id": "no", "query": "sweden"})
        )
    )
    matched = run(filters.matcher(subscriptions), *rows(*threaded))
    assert matched == [{"id": "a", "matches": ["yes"]}, {"id": "b", "matches": ["yes"]}]


@pytest.mark.parametrize("line", ['{"id": "x", "query": "a and b"}', '{"query": "a"}', "nonsense"])
def test_a_subscription_that_cannot_be_read_is_named_with_its_line(line: str, tmp_path: Path) -> None:
    file = tmp_path / "subscriptions.jsonl"
    file.write_text('{"id": "fine", "query": "a"}\n' + line + "\n")
    with pytest.raises(filters.BadLine, match=r"subscriptions\.jsonl, line 2"):
        filters.matcher(file)


def test_a_page_that_comes_again_with_another_text_is_an_edit_under_its_first_id() -> None:
    first = {"id": "1", "url": "http://a.example/x", "title": "Rain", "text": "It rains in Bergen."}
    told = run(filters.threader(), *rows(first, {**first, "id": "2", "text": "The sun is out in Bergen."}))
    assert [(row["id"], row["story"], row["relation"]) for row in told] == [
        ("1", "1", "new"),
        ("2", "1", "edit"),
    ]
