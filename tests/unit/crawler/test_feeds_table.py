"""The tables of tests/unit/crawler/feeds: documents as the specifications allow them and as they come, and
what they say.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.crawler.discovery import parse_feed
from services.crawler.discovery.dates import moment

HERE = "https://news.example/news/feed.xml"
TABLES = Path(__file__).parent / "feeds"
WRAPS = {
    "item": "<rss version='2.0'><channel><title>c</title><item>{}</item></channel></rss>",
    "entry": "<feed xmlns='http://www.w3.org/2005/Atom'><title>f</title><entry>{}</entry></feed>",
    "atom03": "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry>{}</entry></feed>",
    "urlset": "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>",
}
LINKS = {"item": "<link>/1</link>", "entry": "<link href='/1'/>", "atom03": "<link href='/1'/>", "urlset": ""}
WORDS, TIMES = {"url", "title"}, {"published", "updated"}


def pick(said: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name in names}


def cases() -> list[Any]:
    found = []
    for name in ("documents", "json", "links", "sitemaps", "titles"):
        table = yaml.safe_load((TABLES / f"{name}.yaml").read_text(encoding="utf-8"))
        found += [pytest.param(case, id=f"{name}: {case['name']}") for case in table]
    return found


def dates() -> list[Any]:
    table = yaml.load((TABLES / "dates.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return [pytest.param(text, said, id=text or "empty") for text, said in table.items()]


def at(text: str | None) -> datetime | None:
    return None if text is None or text == "null" else datetime.fromisoformat(text).replace(tzinfo=UTC)


def body(case: dict[str, Any]) -> bytes:
    if "bytes" in case:
        return bytes(case["bytes"], "ascii").decode("unicode_escape").encode("latin-1")
    if "json" in case:
        return json.dumps(case["json"]).encode()
    if "xml" in case:
        title = f"<title>{case.get('text', case['title'])}</title><link>/1</link>"
        declaration = f"<?xml version='1.0' {case['xml']}?>"
        text = str(case.get("before", "")) + declaration + WRAPS["item"].format(title)
        return text.encode(case["encoding"])
    whole = case.get("document")
    for name, wrap in WRAPS.items():
        if name in case:
            link = "" if "url" in case or "entries" in case else LINKS[name]
            whole = wrap.format(case[name] + link)
    return str(whole).encode(case.get("encoding", "utf-8"))


@pytest.mark.parametrize("case", cases())
def test_documents(case: dict[str, Any]) -> None:
    feed = parse_feed(body(case), case.get("type", ""), HERE)
    if "error" in case:
        assert case["error"] in (feed.error or "")
        assert feed.error
        assert feed.entries == ()
    else:
        assert feed.error is None
    if "kind" in case:
        assert feed.kind == case["kind"]
    if "children" in case:
        assert list(feed.children) == case["children"]
    if "urls" in case:
        assert [entry.url for entry in feed.entries] == case["urls"]
    if "entries" in case:
        assert len(feed.entries) == len(case["entries"])
    expected = case.get("entries", [case] if feed.entries else [])
    for entry, said in zip(feed.entries, expected, strict=False):
        assert {name: getattr(entry, name) for name in WORDS & said.keys()} == pick(said, WORDS)
        assert {name: getattr(entry, name) for name in TIMES & said.keys()} == {
            name: at(text) for name, text in pick(said, TIMES).items()
        }
    if "entries" not in case and (WORDS | TIMES) & case.keys():
        assert len(feed.entries) == len(case.get("urls", [case]))


@pytest.mark.parametrize(("text", "said"), dates())
def test_dates(text: str, said: str) -> None:
    assert moment(text) == at(said)
