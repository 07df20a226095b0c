"""The catalogue of sources, and what is said when it is wrong."""

from pathlib import Path

import pytest

from services.crawler.sources import SourcesError, load, parse

GOOD = """
sources:
  - id: one
    name: One
    country: GB
    language: en
    feeds: [https://one.example/feed]
    poll_seconds: 5
  - {id: two, name: Two, feeds: ["http://two.example/a", "http://two.example/b"], sample: true}
"""


def test_sources_are_read() -> None:
    one, two = parse(GOOD)
    assert (one.id, one.country, one.poll_seconds, one.crawl_delay) == ("one", "GB", 5, None)
    assert (len(two.feeds), two.sample) == (2, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("country: GB", "country: Britain"), r"s\.yaml:5: source 'one': country"),
        (GOOD.replace("poll_seconds", "poll_secs"), r"s\.yaml:8: source 'one': poll_secs"),
        (GOOD.replace("https://one.example/feed", "one.example/feed"), r"s\.yaml:7: source 'one': feeds"),
        (GOOD.replace("id: two", "id: one"), r"s\.yaml:9: source 'one' is there twice"),
        (GOOD.replace("id: two, ", ""), r"s\.yaml:9: source None: id"),
        ("sources: [1]", r"s\.yaml:1: source None"),
        ("sources: []", "holds no sources"),
        ("", "holds no sources"),
        ("a: [", r"s\.yaml:1: not YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, says: str) -> None:
    with pytest.raises(SourcesError, match=says):
        parse(text, "s.yaml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourcesError, match=r"none\.yaml: No such file.*NEWSWATCH_SOURCES"):
        load(tmp_path / "none.yaml")
    with pytest.raises(SourcesError, match="NEWSWATCH_SOURCES"):
        load(None)


def test_the_example_is_sound() -> None:
    example = Path(__file__).resolve().parents[3] / "sources" / "example.yaml"
    assert len(load(example)) >= 8
