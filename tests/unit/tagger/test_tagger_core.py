"""The tagger as a whole: offsets, merging, topics, names, the example of real input."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Article, Event, Span
from services.tagger.core import Annotations, annotate, tag
from services.tagger.counterparts import completed
from services.tagger.explain import explain
from services.tagger.files import EventFile, LanguageFile, TaxonomyError, parse
from services.tagger.knowledge import load_knowledge
from services.tagger.merge import merge
from services.tagger.model import Entry

SEED = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "seed.txt"
KNOWLEDGE = load_knowledge()
PUBLISHED = datetime(2023, 5, 10, tzinfo=UTC)


def find(text: str, title: str = "", language: str | None = "en") -> Annotations:
    return annotate(title, text, language, PUBLISHED, KNOWLEDGE)


def facts(found: Annotations) -> list[tuple[str, tuple[str, ...], tuple[str, ...], int | None, str]]:
    return [(event.type, event.actor, event.target, event.count, event.status) for event in found.events]


def test_the_example_of_real_input() -> None:
    if not SEED.exists():
        pytest.skip(f"{SEED} is absent: the example of real input is not beside this checkout")
    lines = [line for line in SEED.read_text(encoding="utf-8").splitlines() if line.strip()]
    text = "\n\n".join(lines)
    found = annotate(lines[0], text, "en", None, KNOWLEDGE)
    assert sorted(facts(found), key=str) == [
        ("expulsion", ("NATO",), ("RU",), 8, "done"),
        ("mission_closure", ("RU",), ("NATO",), 2, "done"),
    ]
    assert all("group of industrialized" not in event.span.text for event in found.events if event.span)
    assert {"newswatch:diplomatic-expulsion", "20000639"} <= {topic.code for topic in found.topics}
    assert found.countries[0] == "RU"


def test_tag_keeps_the_article_and_adds_what_it_is_about() -> None:
    article = Article(
        id="1" * 64,
        capture_id="c",
        revision=1,
        url="https://example.org/1",
        canonical_url="https://example.org/1",
        fetched_at=PUBLISHED,
        first_seen=PUBLISHED,
        published_at=PUBLISHED,
        title="Norway expels two Russian diplomats",
        text="Oslo gave no reason.",
        language="en",
    )
    tagged = tag(article, KNOWLEDGE)
    assert Article.model_validate(tagged.model_dump()) == article
    assert [event.rule for event in tagged.events] == ["expulsion.verb"]
    assert tagged.events[0].span == Span(field="title", start=0, end=35, text=article.title)
    assert (tagged.events[0].cameo, tagged.events[0].plover) == ("166", "SANCTION")
    assert tagged.countries == ("NO", "RU")


def test_the_same_event_told_twice_is_one() -> None:
    found = find(
        "Norway on Thursday expelled 15 Russian diplomats. It said that the expulsion of the diplomats "
        "was overdue.\n\nThe 15 Russian diplomats were expelled by Oslo for spying.",
        title="Norway to expel Russian diplomats",
    )
    assert facts(found) == [("expulsion", ("NO",), ("RU",), 15, "done")]


def test_an_answer_in_kind_is_a_second_event() -> None:
    found = find(
        "Norway expelled two Russian diplomats. Moscow answered by expelling two Norwegian diplomats."
    )
    assert facts(found) == [
        ("expulsion", ("NO",), ("RU",), 2, "done"),
        ("expulsion", ("RU",), ("NO",), 2, "done"),
    ]


def test_it_is_the_subject_of_the_sentence_before() -> None:
    found = find("Finland has lost patience with Russia. It expelled nine Russian diplomats.")
    assert facts(found) == [("expulsion", ("FI",), ("RU",), 9, "done")]


def test_the_other_side_stands_elsewhere_in_the_article() -> None:
    found = find(
        "Lisbon summoned the ambassador on Wednesday and told him.", title="Portugal expels a Cuban diplomat"
    )
    assert facts(found) == [
        ("expulsion", ("PT",), ("CU",), 1, "done"),
        ("summons", ("PT",), ("CU",), None, "done"),
    ]


def test_the_other_side_stays_open_where_it_could_be_two() -> None:
    events = [
        Event(type="expulsion", actor=("PT",), target=("CU",)),
        Event(type="expulsion", actor=("PT",), target=("VE",)),
        Event(type="summons", actor=("PT",)),
        Event(type="protest", actor=("CU",)),
    ]
    kinds = frozenset(("expulsion", "summons"))
    assert completed(events, kinds) == events
    assert completed(events[1:], kinds)[1:] == [events[2].model_copy(update={"target": ("VE",)}), events[3]]


def test_the_alliance_needs_a_name_first() -> None:
    named = find("NATO spoke on Wednesday. The alliance expelled eight Russian diplomats.")
    unnamed = find("The alliance expelled eight Russian diplomats.")
    assert [event.actor for event in named.events] == [("NATO",)]
    assert [event.actor for event in unnamed.events] == [()]


def test_merging_keeps_different_facts_apart() -> None:
    one = Event(type="expulsion", actor=("NO",), target=("RU",), count=2)
    others = [
        one.model_copy(update={"count": 3}),
        one.model_copy(update={"actor": ("SE",)}),
        one.model_copy(update={"status": "historical"}),
        one.model_copy(update={"type": "mission_closure"}),
    ]
    assert merge([one, *others, one]) == (one, *others)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Norway denied expelling Russian diplomats.", False),
        ("In 1986, Norway expelled three Russian diplomats.", False),
        ("Norway threatened to expel Russian diplomats.", True),
        ("Norway reversed the expulsion of three Russian diplomats.", True),
    ],
)
def test_the_topic_wants_an_expulsion_that_is_news(sentence: str, expected: bool) -> None:
    found = find(sentence)
    assert len(found.events) == 1
    assert ("newswatch:diplomatic-expulsion" in {topic.code for topic in found.topics}) is expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            "The goalkeeper saved a penalty and the striker scored twice as the team won the match.",
            "15000000",
        ),
        ("Heavy rain and thunderstorms are expected; the forecast speaks of gusts and hail.", "17000000"),
        (
            "The central bank raised its interest rate as inflation worried investors and economists.",
            "04000000",
        ),
        ("The museum opened an exhibition of paintings by an artist known for her sculptures.", "01000000"),
    ],
)
def test_topics_by_words(text: str, code: str) -> None:
    assert find(text).topics[0].code == code


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("de", "Der Trainer lobte die Mannschaft nach dem Sieg im Pokal.", "15000000"),
        ("fr", "Les pompiers luttent contre l'incendie ; trois blessés.", "03000000"),
        ("es", "El Banco Central subió los tipos de interés.", "20000379"),
        ("it", "La polizia ha arrestato il sospettato; la procura indaga.", "02000000"),
        ("pt", "O treinador elogiou a equipa depois da vitória no campeonato.", "15000000"),
        ("nl", "Hackers legden met ransomware een ziekenhuis plat.", "20000086"),
        ("sv", "Läkare på sjukhuset varnar för ett nytt virus.", "07000000"),
        ("pl", "Trzęsienie ziemi i powódź; są ranni.", "20000151"),
        ("cs", "Hasiči zasahovali u požáru, několik zraněných.", "03000000"),
        ("ru", "Тренер похвалил команду после победы в матче.", "15000000"),
        ("uk", "Лікарі лікарні попереджають про новий вірус.", "07000000"),
        ("tr", "Teknik direktör maçta atılan golü övdü.", "15000000"),
        ("ar", "أعلن البنك المركزي رفع أسعار الفائدة.", "20000379"),
        ("zh", "教练称赞球队在比赛中的胜利。", "15000000"),
        ("ja", "監督は試合での勝利をたたえた。", "15000000"),
    ],
)
def test_topics_in_other_languages(language: str, text: str, code: str) -> None:
    assert code in {topic.code for topic in find(text, language=language).topics}


LONG = 12_000  # characters


@pytest.mark.parametrize(
    "piece",
    [
        *(
            " ",
            "\n",
            "\t \t",
            "a",
            "(",
            "l'",
            ". ",
            '."',
            "1",
            "1,1",
            "U.S.",
            "A. ",
            "a - ",
            "外交官",
            "\x00\x01",
            "e\u0301",
        ),
        *("expelled ", "weist ", "Russian diplomats ", "Russia and ", "of the ", "twenty five ", "\u200b"),
        "The president said that Russia expelled eight diplomats from Poland and ",
        "Russia expelled two diplomats of Spain. ",
    ],
)
@pytest.mark.parametrize("language", ["en", None])
def test_the_time_is_bounded(piece: str, language: str | None) -> None:
    text = piece * (LONG // len(piece))
    start = time.process_time()
    find(text, language=language)
    assert time.process_time() - start < 3, "seconds for 12,000 characters"


def test_control_characters_and_mixed_languages() -> None:
    found = find(
        "Norway expelled\x00 two Russian diplomats.\x07 Россия выслала двух дипломатов.", language="en"
    )
    assert [event.type for event in found.events] == ["expulsion"]
    assert find("", "", None).language is None


def test_an_answer_is_marked() -> None:
    found = find("In response, Moscow expelled two Norwegian diplomats.")
    assert [event.response for event in found.events] == [True]


def test_why_is_told_with_the_parts_marked() -> None:
    title = "Norway expels two Russian diplomats"
    told = list(explain(title, "", find("", title)))
    assert "  title: <Norway> [expels] {two Russian diplomats}" in told
    assert any("seen by expulsion.verb" in line for line in told)


def test_one_word_makes_no_topic() -> None:
    assert find("The match was long.").topics == ()


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("Michael Jordan spoke.", ()),
        ("Jordan and Israel signed.", ("JO", "IL")),
        ("The Atlanta mayor said Georgia would vote.", ()),
        ("Georgia and Armenia share a border.", ("GE", "AM")),
        ("The Thanksgiving table had Turkey and gravy.", ()),
        ("Ankara said Turkey would vote.", ("TR",)),
        ("Chad Smith played the drums.", ()),
        ("The Washington Post reported from New Mexico.", ()),
        ("Papua New Guinea beat Guinea.", ("PG", "GN")),
        ("North Korea, South Korea and South Sudan met.", ("KP", "KR", "SS")),
        ("They asked us to go. No one came.", ()),
    ],
)
def test_countries(text: str, countries: tuple[str, ...]) -> None:
    assert find(text).countries == countries


def test_an_unknown_language_gives_names_alone_and_says_so() -> None:
    found = find("Lavrov NATO Paris kunzungumza; Wakenya wanasema kwamba.", language="sw")
    assert {(entity.name, entity.type, entity.id) for entity in found.entities} >= {
        ("Sergei Lavrov", "person", None),
        ("NATO", "organisation", "NATO"),
    }
    assert found.events == ()
    assert "no rules for the language 'sw'" in found.note


def test_a_wrong_claim_of_language_is_seen_through() -> None:
    text = (
        "Deutschland weist zwei russische Diplomaten aus, wie die Regierung in Berlin mitteilte. "
        "Das ist nicht das erste Mal, und der Botschafter wurde auch von der Ministerin einbestellt."
    )
    found = find(text, language="en")
    assert found.language == "de"
    assert [event.actor for event in found.events][:1] == [("DE",)]


def test_a_text_without_a_language_is_read_in_its_own() -> None:
    found = find(
        "La France a expulsé deux diplomates russes pour des raisons que le ministère tait.", language=None
    )
    assert found.language == "fr"
    assert facts(found) == [("expulsion", ("FR",), ("RU",), 2, "done")]


def test_the_dateline_does_not_count() -> None:
    found = find("GENEVA, Switzerland (AP) — Peru and Chile signed a treaty. Peru hailed it.")
    assert found.countries == ("PE", "CL")


SENTENCES: list[str] = yaml.safe_load(
    (Path(__file__).parent / "sentences" / "en.yaml").read_text(encoding="utf-8")
)["nothing"]
PIECES = [word for sentence in SENTENCES for word in sentence.split()]
PIECES += [
    "expelled",
    "diplomats",
    "embassy",
    "NATO",
    "eight",
    "of",
    "'s",
    ",",
    "“",
    "’",
    "\n",
    "é",
    "外",
    "U.S.",
]
WORDS = st.sampled_from(PIECES)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=400), st.lists(WORDS, max_size=60).map(" ".join)), st.text(max_size=60))
def test_any_text_is_survived_and_offsets_are_exact(text: str, title: str) -> None:
    found = find(text, title)
    spans = [event.span for event in found.events] + [
        span for topic in found.topics for span in topic.evidence
    ]
    for span in spans:
        assert span is not None
        assert span.text
        assert {"title": title, "text": text}[span.field][span.start : span.end] == span.text
    assert all(event.actor or event.target for event in found.events)


def test_a_malformed_file_is_named_with_its_line() -> None:
    with pytest.raises(TaxonomyError, match=r"events/x\.yaml:3: cameo: "):
        parse("taxonomy/events/x.yaml", EventFile, "code: x\nlabel: X\ncameo: none\nrules: {}\n")
    with pytest.raises(TaxonomyError, match=r"x\.yaml:3: words: .*verbs"):
        parse(
            "languages/x.yaml", LanguageFile, "code: xx\nfrequent: a\nwords: {verbs: go}\nnumbers: {1: one}\n"
        )
    with pytest.raises(TaxonomyError, match=r"would match nearly every word"):
        parse(
            "languages/x.yaml", LanguageFile, 'code: xx\nfrequent: a\nwords: {kin: "*"}\nnumbers: {1: one}\n'
        )
    twice = "code: xx\nfrequent: a\nwords:\n  kin: son\n  out: out\n  kin: wife\nnumbers: {1: one}\n"
    with pytest.raises(TaxonomyError, match=r"x\.yaml:6: 'kin' stands in line 4 already"):
        parse("languages/x.yaml", LanguageFile, twice)
    with pytest.raises(TaxonomyError, match=r"x\.yaml is no YAML"):
        parse("languages/x.yaml", LanguageFile, "code: [")


def test_the_gazetteer_is_whole() -> None:
    for language in KNOWLEDGE.languages.values():
        names = {entry.code for entry in language.keys.meanings() if isinstance(entry, Entry)}
        assert len({code for code in names if len(code) == 2 and code.isalpha()}) >= 249, language.code
    assert {topic.code for topic in KNOWLEDGE.topics} >= {f"{number:02}000000" for number in range(1, 18)}
