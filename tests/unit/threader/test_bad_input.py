"""Whatever comes in, time and memory stay within bounds and no story swallows the others."""

import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from benchmarks.generated_news import News
from schemas.events import TaggedArticle
from services.kit.text import fold_tokens
from services.threader.clock import Clock
from services.threader.core import Threader

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = 3600


def article(id: str, text: str, at: datetime = T0, **more: object) -> TaggedArticle:
    return TaggedArticle.model_validate(
        {
            "id": id,
            "capture_id": id,
            "revision": 1,
            "url": f"https://{id}.example/",
            "canonical_url": f"https://{id}.example/",
            "fetched_at": at,
            "first_seen": at,
            "title": "",
            "text": text,
            "text_tokens": fold_tokens(text),
            **more,
        }
    )


def test_texts_of_nothing_or_one_word_are_no_copies_of_each_other() -> None:
    threader = Threader()
    for number, text in enumerate(("", "", "word " * 5000, "word " * 4000, "…", "…")):
        assert threader.thread(article(str(number), text)).relation == "new"


def test_many_copies_of_one_article_take_no_longer_each() -> None:
    chance = random.Random(1)
    text = " ".join(f"w{chance.randrange(5000)}" for _ in range(300))
    threader = Threader()
    spent: list[float] = []
    for number in range(1200):
        began = time.process_time()
        told = threader.thread(article(str(number), text, T0 + timedelta(seconds=number)))
        spent.append(time.process_time() - began)
        assert (told.story, told.original) == ("0", None if number == 0 else "0")
    first, last = sorted(spent[200:400])[100], sorted(spent[1000:])[100]
    assert last < 4 * first


def test_an_original_that_changes_with_every_copy_costs_no_more() -> None:
    text = " ".join(f"w{word}" for word in range(60))
    threader = Threader()
    began = time.process_time()
    told = [
        threader.thread(article(str(number), text, published_at=T0 - timedelta(minutes=2 * number)))
        for number in range(1500)
    ]
    assert told[-1].original == "1499"
    assert time.process_time() - began < 30
    again = threader.thread(article("700", text, published_at=T0 - timedelta(minutes=1400)))
    assert again.original == "700"


def test_a_story_of_many_articles_costs_no_more_each() -> None:
    """All tell one event, with ever other numbers; facts, hits and members compared are limited."""
    chance = random.Random(2)
    threader = Threader()
    spent: list[float] = []
    for number in range(900):
        names = " ".join(chance.choice(("Aldermoor", "Brackwater", "Cindle", "Dorrance")) for _ in range(12))
        words = " ".join(f"w{chance.randrange(900)}" for _ in range(40))
        event = {"type": "expulsion", "actor": ("NO",), "target": ("RU",), "count": number * 3}
        began = time.process_time()
        threader.thread(article(str(number), f"in {names} {words}", T0, events=(event,)))
        spent.append(time.process_time() - began)
    early, late = sorted(spent[200:300])[50], sorted(spent[800:])[50]
    assert late < 4 * early


def test_articles_of_long_ago_and_of_the_future_keep_their_place() -> None:
    threader = Threader()
    moments = (T0, T0 - timedelta(days=9000), T0 + timedelta(days=9000), T0 + timedelta(minutes=1))
    texts = [" ".join(f"w{number}x{word}" for word in range(40)) for number in range(4)]
    for number, moment in enumerate(moments):
        threader.thread(article(str(number), texts[number], T0, published_at=moment))
    assert len(threader) == 4
    for number in range(4):
        assert threader.thread(article(f"again{number}", texts[number], T0)).duplicate_of == str(number)


def test_no_more_are_remembered_than_agreed_and_the_oldest_go_first() -> None:
    threader = Threader(most=100)
    texts = [" ".join(f"w{number}x{word}" for word in range(40)) for number in range(150)]
    for number, text in enumerate(texts):
        threader.thread(article(str(number), text))
    assert len(threader) == 100
    assert threader.thread(article("old", texts[10])).relation == "new"
    assert threader.thread(article("young", texts[140])).relation == "copy"


def test_one_wrong_clock_forgets_nothing() -> None:
    threader = Threader()
    text = " ".join(f"w{word}" for word in range(60))
    threader.thread(article("a", text))
    threader.thread(article("future", "Else.", T0 + timedelta(days=4000)))
    threader.thread(article("past", "Other.", datetime(1970, 1, 1, tzinfo=UTC)))
    assert threader.thread(article("b", text, T0 + timedelta(minutes=5))).duplicate_of == "a"


def test_the_clock_leaps_when_three_in_a_row_say_so() -> None:
    clock = Clock(72 * HOUR)
    assert clock.tick(1_000_000) == 1_000_000
    assert clock.tick(9_000_000) == 1_000_000
    assert clock.tick(1_000_060) == 1_000_060
    assert [clock.tick(9_000_000 + number) for number in range(3)] == [1_000_060, 1_000_060, 9_000_000]
    assert [clock.tick(2_000_000 + number) for number in range(3)][-1] == 2_000_002


def test_an_article_from_the_past_does_not_join_the_news() -> None:
    threader = Threader()
    event = {"type": "expulsion", "actor": ("NO",), "target": ("RU",), "count": 8}
    threader.thread(article("a", "Oslo sent them home.", events=(event,)))
    old = article("b", "They must go.", events=(event,), published_at=T0 - timedelta(days=400))
    assert threader.thread(old).relation == "new"


def test_no_story_swallows_the_others() -> None:
    threader = Threader()
    items = list(News(700, seed=9).articles(700))
    found = Counter(threader.thread(item.article).story for item in items)
    true = Counter(item.story for item in items)
    assert max(found.values()) <= 3 * max(true.values())
