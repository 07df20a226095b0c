"""The catalogue of sources, and what is said when it is wrong."""

from pathlib import Path

import pytest

from services.crawler.shards import Shard
from services.crawler.sources import Source, SourcesError, load, parse
from services.crawler.sources.opml import from_opml, to_opml

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


def test_the_catalogue_is_sound() -> None:
    world = load(Path(__file__).resolve().parents[3] / "sources")
    assert len(world) >= 170
    assert len({source.country for source in world}) >= 40
    assert {"no", "de", "zh"} <= {source.language for source in world}


def test_norway_is_a_country() -> None:
    (source,) = parse(
        "- {id: a, name: A, country: NO, language: no, refetch: false, feeds: ['http://a.example']}"
    )
    assert (source.country, source.language, source.refetch) == ("NO", "no", False)


def test_a_folder_is_one_catalogue(tmp_path: Path) -> None:
    with pytest.raises(SourcesError, match="holds no YAML files"):
        load(tmp_path)
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yml").write_text(GOOD.replace("id: one", "id: three").replace("id: two", "id: four"))
    assert [source.id for source in load(tmp_path)] == ["one", "two", "three", "four"]
    (tmp_path / "c.yaml").write_text(GOOD.replace("id: two", "id: five"))
    with pytest.raises(SourcesError, match=r"c\.yaml: source 'one' is also in .*a\.yaml"):
        load(tmp_path)


def test_the_ways_of_a_source() -> None:
    source = Source(
        id="a",
        name="A",
        feeds=("https://a.example/f",),
        news_sitemaps=("https://a.example/n",),
        sections=("https://a.example/", "https://a.example/f"),
    )
    assert {(way.kind, way.url) for way in source.ways} == {
        ("feed", "https://a.example/f"),
        ("news-sitemap", "https://a.example/n"),
        ("section", "https://a.example/"),
    }


OPML = """<?xml version="1.0"?><opml version="1.0"><body>
<outline text="News">
  <outline text="The Courier" xmlUrl="https://courier.example/a" htmlUrl="https://courier.example/"/>
  <outline type="rss" text="The Courier: World" xmlUrl="https://www.courier.example/b"/>
</outline>
<outline text="Écho" xmlUrl="https://echo.example/rss"/><outline text="no feed"/></body></opml>"""


def test_opml_in_and_out() -> None:
    courier, echo = from_opml(OPML.encode())
    assert (courier.id, courier.home, len(courier.feeds)) == ("the-courier", "https://courier.example/", 2)
    assert (echo.id, echo.name) == ("echo", "Écho")
    assert [source.feeds for source in from_opml(to_opml([courier, echo]))] == [courier.feeds, echo.feeds]


@pytest.mark.parametrize(
    ("text", "says"),
    [(b"", "not XML|no OPML"), (b"<rss/>", "no OPML"), (b"<opml><body/></opml>", "names no feeds")],
)
def test_what_is_no_opml_is_refused(text: bytes, says: str) -> None:
    with pytest.raises(SourcesError, match=says):
        from_opml(text, "f.opml")


@pytest.mark.parametrize("text", ["", "3", "0/0", "3/2", "a/b", "-1/2"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write 2/3"):
        Shard.parse(text)


def test_one_that_retires_watches_nothing() -> None:
    retiring = Shard.parse("0/2")
    assert retiring.retires
    assert not Shard(1, 1).retires
    assert not any(
        retiring.watches(Source(id="s", name="S", feeds=(f"https://p{number}.example/",)))
        for number in range(20)
    )


def test_every_source_has_one_crawler_and_few_move() -> None:
    sources = [
        Source(id=f"s{number}", name="S", feeds=(f"https://p{number}.example/",)) for number in range(600)
    ]

    def owner(source: Source, of: int) -> int:
        (found,) = [number for number in range(1, of + 1) if Shard(number, of).watches(source)]
        return found

    three, four = [[owner(source, of) for source in sources] for of in (3, 4)]
    assert min(three.count(number) for number in (1, 2, 3)) > 150
    moved = [(old, new) for old, new in zip(three, four, strict=True) if old != new]
    assert {new for _, new in moved} == {4}
    assert 100 < len(moved) < 200
