"""Who is credited with a text that several have."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.events import TaggedArticle, ThreadedArticle
from services.kit.stories import story_of
from services.kit.text import fold_tokens
from services.threader import credit
from services.threader.core import Threader

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
BODY = " ".join(f"sentence{i} about the harbour and its {i} cranes" for i in range(40))


def article(id: str, text: str = BODY, minutes: float = 0, **more: Any) -> TaggedArticle:
    at = T0 + timedelta(minutes=minutes)
    return TaggedArticle.model_validate(
        {
            "id": id,
            "capture_id": id,
            "revision": 1,
            "url": f"https://{id}.example/",
            "canonical_url": f"https://{id}.example/",
            "site": f"{id}.example",
            "source_name": id.capitalize(),
            "fetched_at": at,
            "first_seen": at,
            "published_at": at,
            "title": id,
            "text": text,
            "text_tokens": fold_tokens(text),
            **more,
        }
    )


def threaded(*articles: TaggedArticle) -> list[ThreadedArticle]:
    threader = Threader()
    return [threader.thread(each) for each in articles]


@pytest.mark.parametrize(
    "signed",
    [
        {"agencies": ("AFP",)},
        {"dateline": "OSLO (AFP)"},
        {"authors": ("AFP",)},
        {"text": f"OSLO (AFP) - {BODY}"},
        {"text": f"{BODY} (AFP)"},
        {"agencies": ("AFP", "Reuters")},
    ],
)
def test_an_agency_is_known_wherever_it_is_credited(signed: dict[str, Any]) -> None:
    assert credit.agency(article("post", **signed)) == credit.agency(article("gazette", agencies=("AFP",)))


def test_agencies_have_numbers_of_their_own_and_their_outlets_say_so() -> None:
    names = ("AP", "Reuters", "AFP", "dpa", "Keystone-SDA", "PA Media", "RIA Novosti", "Jiji Press")
    numbers = [credit.agency(article("post", agencies=(name,))) for name in names]
    assert len({*numbers}) == len(names)
    assert all(0 < number < credit.OWN for number in numbers)
    assert 0 < credit.agency(article("post", agencies=("Europa Press",))) < credit.OWN
    for name, site in (("Associated Press", "apnews.com"), ("Reuters", "reuters.com"), ("EFE", "efe.com")):
        assert credit.agency(article("post", source_name=name, site=site)) & credit.OWN


def test_the_agencys_own_page_is_the_original_though_it_is_seen_last() -> None:
    first, second, own = threaded(
        article("post", agencies=("AFP",)),
        article("gazette", minutes=1, dateline="OSLO (AFP)"),
        article("afp", minutes=2, source_name="AFP", site="afp.com"),
    )
    assert (first.relation, first.original) == ("new", None)
    assert (second.relation, second.original) == ("copy", "post")
    assert (own.relation, own.original) == ("copy", "afp")


def test_after_the_agencys_page_is_known_every_copy_names_it() -> None:
    threader = Threader()
    for each in (
        article("post", agencies=("AFP",)),
        article("afp", minutes=1, source_name="AFP", site="afp.com"),
    ):
        threader.thread(each)
    assert threader.thread(article("gazette", minutes=2, agencies=("AFP",))).original == "afp"


def test_the_outlet_that_is_credited_is_the_original() -> None:
    _, copy = threaded(
        article("fjordwire"), article("post", minutes=-5, text=f"{BODY} With material from Fjordwire.")
    )
    assert copy.original == "fjordwire"


def test_else_who_published_first_is_the_original() -> None:
    _, earlier = threaded(article("post"), article("gazette", minutes=-30))
    assert earlier.original == "gazette"
    _, later = threaded(article("post"), article("gazette", minutes=30))
    assert later.original == "post"


def test_within_minutes_the_text_without_a_frame_is_the_original() -> None:
    frame = " ".join(f"own{i} words of the paper on what it means for readers here" for i in range(12))
    framed = article("post", text=f"{frame} {BODY}", agencies=("AFP",))
    _, bare = threaded(framed, article("wire", minutes=1))
    assert bare.original == "wire"
    _, framed_late = threaded(article("wire"), article("post", minutes=1, text=f"{frame} {BODY}"))
    assert framed_late.original == "wire"


def test_copies_spread_a_fact_and_confirm_nothing() -> None:
    event = {"type": "expulsion", "actor": ("NO",), "target": ("RU",), "count": 8}
    told = threaded(
        article("wire", events=(event,)),
        article("post", minutes=1, events=(event,)),
        article("gazette", minutes=2, events=(event,)),
        article("rival", minutes=3, text="Oslo sends eight home, our reporter learned.", events=(event,)),
    )
    story = story_of(told)
    (fact,) = story.facts
    assert (fact.first.id, fact.confirmed, story.outlets) == ("wire", 1, 4)
    assert [(entry.article.id, len(entry.copies)) for entry in story.entries] == [("wire", 2), ("rival", 0)]
