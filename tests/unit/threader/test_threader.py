from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Event, Span, TaggedArticle, ThreadedArticle, Topic
from services.kit.text import fold_tokens
from services.threader.core import Threader
from services.threader.facts import news, told
from services.threader.trace import decode, encode

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
BODY = " ".join(f"sentence{i} about the harbour and its {i} cranes" for i in range(40))


def event(
    actor: str,
    target: str,
    count: int | None = None,
    type: str = "expulsion",
    status: str = "done",
    start: int = 0,
) -> Event:
    span = Span(field="title", start=start, end=start + 1, text="x")
    return Event(type=type, actor=(actor,), target=(target,), count=count, status=status, span=span)  # type: ignore[arg-type]


def article(
    id: str, text: str, events: Sequence[Event] = (), minutes: float = 0, revision: int = 1
) -> TaggedArticle:
    at = T0 + timedelta(minutes=minutes)
    tokens = fold_tokens(text)
    return TaggedArticle(
        id=id,
        capture_id=f"{id}-{revision}",
        revision=revision,
        url=f"http://{id}.example/",
        canonical_url=f"http://{id}.example/",
        fetched_at=at,
        first_seen=at,
        title=id,
        text=text,
        text_tokens=tokens,
        fingerprint=str(hash(tokens)),
        events=tuple(events),
    )


def said(answer: ThreadedArticle) -> ThreadedArticle:
    """Without the trace, in which rarities are noted that change with every article."""
    return answer.model_copy(update={"trace": ""})


def test_the_first_of_its_kind_is_new_and_names_the_story() -> None:
    told = Threader().thread(article("a", BODY, [event("NO", "RU", 8)]))
    assert (told.story, told.relation, told.duplicate_of) == ("a", "new", None)
    assert [(known.actor, known.target, known.count) for known in told.new_facts] == [(("NO",), ("RU",), 8)]


def test_the_same_text_elsewhere_is_a_copy_that_names_its_original() -> None:
    threader = Threader()
    threader.thread(article("a", BODY))
    second = threader.thread(article("b", BODY))
    third = threader.thread(article("c", BODY))
    assert (second.relation, second.story, second.duplicate_of, second.original) == ("copy", "a", "a", "a")
    assert (third.relation, third.story, third.original) == ("copy", "a", "a")


def test_the_same_text_under_a_title_that_tells_its_event_otherwise_is_a_copy() -> None:
    threader = Threader()
    threader.thread(article("a", BODY, [event("NO", "RU", type="detention")]))
    title = event("RU", "NO", type="detention")
    told = threader.thread(article("b", BODY, [title, event("NO", "RU", type="detention", start=90)]))
    other = threader.thread(article("c", BODY + " and more", [event("SE", "FI", type="detention")]))
    assert (told.relation, told.original) == ("copy", "a")
    assert other.relation == "new"


def test_an_agency_text_with_a_new_head_and_tail_is_a_copy() -> None:
    threader = Threader()
    threader.thread(article("wire", BODY))
    told = threader.thread(article("b", "Our own first line on it. " + BODY + " (With agency material.)"))
    assert (told.relation, told.original) == ("copy", "wire")
    assert told.score > 0.8


def test_other_texts_are_no_copies() -> None:
    threader = Threader()
    threader.thread(article("a", BODY))
    other = " ".join(f"line{i} on the {i} lakes of the north and their fish" for i in range(40))
    assert threader.thread(article("b", other)).relation == "new"


def test_reports_of_the_same_event_are_one_story_and_its_answer_is_another() -> None:
    threader = Threader()
    threader.thread(article("a", "Oslo sent them home.", [event("NO", "RU", 8)]))
    report = threader.thread(article("b", "Eight must leave.", [event("NO", "RU")], minutes=10))
    answer = threader.thread(
        article("c", "Moscow answers.", [event("RU", "NO", 8), event("NO", "RU", 8, start=50)], minutes=60)
    )
    late = threader.thread(article("d", "Moscow did answer.", [event("RU", "NO")], minutes=70))
    assert (report.story, report.relation, report.new_facts) == ("a", "follow-up", ())
    assert (answer.story, answer.relation) == ("c", "new")
    assert (late.story, late.relation) == ("c", "follow-up")


def test_what_is_news_beside_what_is_known() -> None:
    known = [told(event("NO", "RU", 8))]
    assert news(told(event("NO", "RU", 9)), known) == "count"
    assert news(told(event("NO", "RU")), known) is None
    assert news(told(event("NO", "RU", 8, status="announced")), known) is None
    assert news(told(event("NO", "RU", 8)), [told(event("NO", "RU", status="threatened"))]) == "status"
    assert news(told(event("NO", "RU", 8, status="reversed")), known) == "status"
    assert news(told(event("SE", "RU", 8)), known) == "event"
    assert news(told(event("RU", "NO", 8)), known) == "answer"


def test_an_event_that_is_only_recalled_does_not_join_a_story() -> None:
    threader = Threader()
    threader.thread(article("a", "Oslo sent them home.", [event("NO", "RU", 8)]))
    told = threader.thread(article("b", "Once upon a time.", [event("NO", "RU", 5, status="historical")]))
    assert told.relation == "new"


def test_a_later_capture_of_an_address_is_an_edit_of_the_same_story() -> None:
    threader = Threader()
    threader.thread(article("a", "Oslo sent eight home.", [event("NO", "RU", 8)]))
    told = threader.thread(article("a", "Oslo sent nine home.", [event("NO", "RU", 9)], revision=2))
    assert (told.relation, told.story) == ("edit", "a")
    assert [known.count for known in told.new_facts] == [9]


def test_a_copy_of_a_text_that_was_edited_since_is_a_copy() -> None:
    threader = Threader()
    threader.thread(article("a", BODY))
    threader.thread(article("a", "All is different now.", revision=2))
    told = threader.thread(article("b", BODY))
    assert (told.relation, told.duplicate_of, told.original) == ("copy", "a", "a")


def test_the_same_capture_again_gets_the_same_answer() -> None:
    threader = Threader()
    first = threader.thread(article("a", BODY, [event("NO", "RU", 8)]))
    threader.thread(article("b", BODY))
    assert said(threader.thread(article("a", BODY, [event("NO", "RU", 8)]))) == said(first)


def test_a_threader_that_recalls_goes_on_where_the_other_ended() -> None:
    one, other = Threader(), Threader()
    told = [
        one.thread(article("a", BODY, [event("NO", "RU", 8)])),
        one.thread(article("b", "Eight.", [event("NO", "RU")])),
    ]
    for each in told:
        other.recall(each)
    for next_one in (
        article("c", BODY),
        article("d", "More.", [event("NO", "RU", 8)]),
        article("a", BODY, [event("NO", "RU", 8)]),
    ):
        assert said(one.thread(next_one)) == said(other.thread(next_one))


def test_what_is_older_than_the_window_is_forgotten() -> None:
    threader = Threader(timedelta(hours=1))
    threader.thread(article("a", BODY, [event("NO", "RU", 8)]))
    for number in range(3):
        threader.thread(article(f"z{number}", f"Else {number}.", minutes=90 + number))
    assert len(threader) == 3
    told = threader.thread(article("b", BODY, [event("NO", "RU", 8)], minutes=93))
    assert (told.relation, told.story) == ("new", "b")


ARTICLES = st.builds(
    article,
    st.sampled_from("abcdef"),
    st.sampled_from([BODY, BODY + " and more", "short", ""]),
    st.lists(
        st.builds(
            event, st.sampled_from(["NO", "RU"]), st.sampled_from(["NO", "RU"]), st.none() | st.integers(1, 3)
        ),
        max_size=2,
    ),
    st.floats(0, 300),
    st.integers(1, 3),
)


@given(st.lists(ARTICLES, max_size=12))
def test_every_article_has_a_story_that_begins_with_an_article(articles: list[TaggedArticle]) -> None:
    threader = Threader(timedelta(hours=2))
    told = [threader.thread(each) for each in articles]
    ids = {each.id for each in articles}
    for each in told:
        assert each.story in ids
        assert (each.relation == "copy") <= (each.duplicate_of is not None)
        assert each.relation != "new" or each.story == each.id


def named(id: str, names: str, minutes: float) -> TaggedArticle:
    return article(id, f"Yesterday in the town {names} were seen by {names}.", minutes=minutes)


def test_two_stories_that_turn_out_to_be_one_keep_both_ids() -> None:
    threader = Threader()
    first = "Aldermoor Brackwater Cindle Dorrance Eskdale Fenwick"
    other = "Galsworth Hambledon Inkpen Jessamy Kirkstall Lambourn"
    threader.thread(named("a", first, 0))
    threader.thread(named("b", other, 1))
    both = threader.thread(named("c", f"{first} {other}", 2))
    assert (both.story, both.same_stories) == ("a", ("b",))
    assert threader.thread(named("d", other, 3)).story == "a"
    again = Threader()
    for seen in (threader.thread(named("b", other, 1)), both):
        again.recall(seen)
    assert again.thread(named("e", other, 4)).story == "a"


def test_reports_with_other_main_subjects_are_less_alike_also_after_a_restart() -> None:
    first = about("a", "Aldermoor Brackwater Cindle Dorrance Eskdale Fenwick", "15000000")
    names = "Eskdale Fenwick Galsworth Hambledon"
    scores = []
    for code in ("15000000", "02000000"):
        threader, again = Threader(), Threader()
        again.recall(threader.thread(first))
        told = [each.thread(about("b", names, code)) for each in (threader, again)]
        assert [each.story for each in told] == ["a", "a"]
        scores.append(told[0].score)
        assert told[0].score == told[1].score
    assert scores[0] > scores[1]


def about(id: str, names: str, code: str) -> TaggedArticle:
    topics = (Topic(code=code, label="", score=1),)
    return named(id, names, 0).model_copy(update={"topics": topics})


def test_a_trace_of_an_older_version_has_no_subject() -> None:
    trace = decode(Threader().thread(about("a", "Aldermoor Brackwater", "15000000")).trace)
    assert trace is not None
    assert trace.subject == 15
    older = decode(b64encode(b64decode(encode(trace))[:-1]).decode())
    assert older is not None
    assert older.subject == 0
    assert older.keys.tolist() == trace.keys.tolist()
