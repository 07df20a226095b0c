"""The sample newsroom: what has nothing to do with each other stays apart, from the first minute on."""

from datetime import UTC, datetime, timedelta

from schemas.events import TaggedArticle, ThreadedArticle
from services.kit.text import fold_tokens
from services.newsroom import core, library
from services.tagger.core import annotate
from services.tagger.knowledge import load_knowledge
from services.threader.core import Threader

EDITIONS = 6
START = datetime(2026, 3, 2, tzinfo=UTC)
LONE = {"ordinary", "false-friend"}
MOST_JOINED = 11  # of some 300; it may only fall


def told(number: int) -> dict[core.Publication, ThreadedArticle]:
    """An edition through the tagger and an empty threader."""
    knowledge = load_knowledge()
    known = library.load()
    outlets = {outlet.id: outlet for outlet in known.outlets}
    threader = Threader()
    found = {}
    for place, publication in enumerate(core.edition(known, number, START)):
        title, text = publication.title, "\n\n".join((publication.summary, *publication.body))
        language = outlets[publication.outlet].language
        at = START + timedelta(seconds=place)
        marks = annotate(title, text, language, at, knowledge)
        article = TaggedArticle(
            id=f"{number}-{place}",
            capture_id=f"{number}-{place}",
            revision=1,
            url=f"https://{publication.outlet}.example/{publication.slug}",
            canonical_url=f"https://{publication.outlet}.example/{publication.slug}",
            site=f"{publication.outlet}.example",
            source_name=publication.outlet,
            fetched_at=at,
            first_seen=at,
            published_at=at,
            title=title,
            text=text,
            title_tokens=fold_tokens(title),
            text_tokens=fold_tokens(text),
            language=marks.language,
            topics=marks.topics,
            entities=marks.entities,
            countries=marks.countries,
            events=marks.events,
        )
        found[publication] = threader.thread(article)
    return found


def test_ordinary_news_is_hardly_ever_a_story_with_other_news() -> None:
    """Its invented outlets tell of a few towns and families over and over, like local papers."""
    joined = [
        publication.title
        for number in range(1, EDITIONS + 1)
        for publication, article in told(number).items()
        if publication.kind in LONE and article.relation != "new"
    ]
    assert len(joined) <= MOST_JOINED, joined


def test_the_first_edition_is_right() -> None:
    assert not [
        publication.title
        for publication, article in told(1).items()
        if publication.kind in LONE and article.relation != "new"
    ]
