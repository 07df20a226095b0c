"""Topics: the main subject of golden texts, what speaks for it, and mistakes in the files."""

from pathlib import Path

import pytest
import yaml

from schemas.events import Topic
from services.tagger.core import Annotations, annotate
from services.tagger.files import Source, TaxonomyError
from services.tagger.knowledge import load_knowledge
from services.tagger.topics import Hints
from services.tagger.vocabulary import read_topics

GOLDEN: dict[str, list[list[str]]] = yaml.safe_load(
    (Path(__file__).parents[2] / "golden" / "topics.yaml").read_text(encoding="utf-8")
)
FLOOR = 1.0  # of the golden texts' main subjects; it only rises
KNOWLEDGE = load_knowledge()
LANGUAGES = sorted(KNOWLEDGE.languages)


def find(title: str, text: str, language: str | None = "en", hints: Hints | None = None) -> Annotations:
    return annotate(title, text, language, None, KNOWLEDGE, hints or Hints())


def subjects(found: Annotations) -> list[Topic]:
    return [topic for topic in found.topics if topic.code.endswith("000000")]


def test_the_main_subject_of_the_golden_texts() -> None:
    wrong = []
    for code, texts in GOLDEN.items():
        assert len(texts) >= 5, code
        for language, title, text in texts:
            told = subjects(find(title, text, language))
            if not told or told[0].code != code:
                wrong.append((code, title, [topic.code for topic in told]))
    right = sum(map(len, GOLDEN.values())) - len(wrong)
    assert right >= FLOOR * (right + len(wrong)), wrong


def test_all_subjects_have_labels_and_words_in_all_languages() -> None:
    for rule in KNOWLEDGE.topics:
        assert sorted(rule.labels) == LANGUAGES, rule.code
    assert {rule.code for rule in KNOWLEDGE.topics if rule.broader is None} == set(GOLDEN)
    for language in KNOWLEDGE.languages.values():
        assert len(language.vocabulary) >= 1500, language.code


def test_a_topic_says_why() -> None:
    title = "Police arrest two men over museum robbery"
    [main, *_] = subjects(find(title, "A detective said the thieves stole four paintings."))
    assert main.code == "02000000"
    assert main.rule == "02000000.words"
    assert [title[span.start : span.end] for span in main.evidence][:1] == ["Police"]
    assert 0 < main.score < 1


def test_the_first_subject_has_the_highest_score() -> None:
    told = subjects(
        find(
            "Union calls strike at hospital", "Nurses want a pay rise and shorter shifts; patients must wait."
        )
    )
    assert [topic.score for topic in told] == sorted((topic.score for topic in told), reverse=True)
    assert told[0].code == "09000000"


def test_a_topic_below_speaks_for_its_subject() -> None:
    found = find("Ransomware", "Hackers used phishing to plant malware.")
    assert {"20000086", "02000000"} <= {topic.code for topic in found.topics}


def test_an_event_speaks_for_its_subject() -> None:
    found = find("", "Norway expelled two Russian diplomats.")
    assert {"newswatch:diplomatic-expulsion", "20000639", "11000000"} <= {t.code for t in found.topics}


@pytest.mark.parametrize(
    ("text", "false"),
    [
        ("The strike partner scored in the match after a free kick by the captain.", "09000000"),
        ("The tennis court was dry when the player won the final set of the match.", "02000000"),
        ("The food bank helps homeless families.", "04000000"),
        ("The war of words between the two coaches went on after the match.", "16000000"),
        ("The price war between supermarkets hurts profits and shares.", "16000000"),
        ("Her video game won a prize; the studio's computer game sells well.", "15000000"),
    ],
)
def test_false_friends(text: str, false: str) -> None:
    assert false not in {topic.code for topic in find("", text).topics}


def test_a_section_is_a_hint() -> None:
    text = "It was the longest day that anyone in the village could remember, and nobody slept."
    assert subjects(find("A long day", text)) == []
    [hinted] = subjects(find("A long day", text, hints=Hints(section="Sport")))
    assert (hinted.code, hinted.rule) == ("15000000", "15000000.words+section")
    assert hinted.evidence == ()


def test_keywords_of_the_publisher_count() -> None:
    text = "It was the longest day that anyone could remember."
    found = find("A long day", text, hints=Hints(keywords=("tennis", "Wimbledon", "grand slam")))
    assert [topic.code for topic in subjects(found)] == ["15000000"]


def test_a_section_helps_where_the_language_is_unknown() -> None:
    found = find("Nordmann vant igjen", "Han jublet.", "no", Hints(section="Sport"))
    assert [topic.code for topic in subjects(found)] == ["15000000"]
    assert "no rules for the language" in found.note


TOPIC = 'topics:\n  - code: "99000000"\n    label: {en: x}\n'
SECTIONS = Source("taxonomy/sections.yaml", 'sections: {"99000000": sport}\n')


def read(topics: str = TOPIC, words: str = "", sections: Source = SECTIONS) -> None:
    vocabularies = [Source("taxonomy/words/en.yaml", words)] if words else []
    files = [Source("taxonomy/topics/x.yaml", topics)]
    read_topics(files, vocabularies, sections, {"strike"}, {"en": frozenset({"the", "of"})})


@pytest.mark.parametrize(
    ("topics", "cause"),
    [
        ('topics:\n  - code: "99"\n    label: {en: x}\n', r"x\.yaml:2: topics\.0\.code: "),
        ('topics:\n  - code: "99000000"\n    label: {de: x}\n', r"x\.yaml:3: .*English"),
        (TOPIC + TOPIC.partition("\n")[2], r"x\.yaml:4: topics\.1\.code: '99000000' is there already"),
        (TOPIC + "    events: riot\n", r"x\.yaml:4: topics\.0\.events: there is no taxonomy/events/riot"),
        (TOPIC + '    broader: "98000000"\n', r"x\.yaml:4: topics\.0\.broader: '98000000' is no subject"),
        (TOPIC + "    words: {xx: {1: go}}\n", r"x\.yaml:4: .*there is no languages/xx\.yaml"),
        (TOPIC + "    words: {en: {7: go}}\n", r"x\.yaml:4: .*less than or equal to 3"),
        (TOPIC + '    words: {en: {1: "*"}}\n', r"x\.yaml:4: .*would match nearly every word"),
        (TOPIC + '    words: {en: {1: "*ing"}}\n', r"x\.yaml:4: .*would match too many words"),
        (TOPIC + "    words: {en: {1: the}}\n", r"x\.yaml:4: .*'the' fits 'the', which every text holds"),
        (TOPIC + "    words: {en: {1: go go}}\n", r"x\.yaml:4: .*'go' is written twice"),
        (TOPIC + "    words: {en: {1: go, 2: go}}\n", r"x\.yaml:4: .*'go' is written twice"),
        (TOPIC + "    colour: red\n", r"x\.yaml:4: topics\.0\.colour: Extra inputs"),
    ],
)
def test_a_mistake_in_a_topic_is_named_with_its_line(topics: str, cause: str) -> None:
    with pytest.raises(TaxonomyError, match=cause):
        read(topics)


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ('language: xx\ntopics: {"99000000": {1: go}}\n', r"en\.yaml:1: language: there is no languages/xx"),
        ('language: en\ntopics:\n  "98000000": {1: go}\n', r"en\.yaml:3: topics\.98000000: no file"),
        ('language: en\ntopics:\n  "99000000":\n    1: go\n    2: go\n', r"en\.yaml:3: .*written twice"),
        ("language: en\ntopics:\n  sport: {1: go}\n", r"en\.yaml:3: topics\.sport"),
    ],
)
def test_a_mistake_in_a_list_of_words_is_named_with_its_line(words: str, cause: str) -> None:
    with pytest.raises(TaxonomyError, match=cause):
        read(words=words)


def test_a_word_of_two_files_is_written_twice() -> None:
    with pytest.raises(TaxonomyError, match=r"words/en\.yaml:3: .*'go' is written twice for 99000000"):
        read(TOPIC + "    words: {en: {1: go}}\n", 'language: en\ntopics:\n  "99000000": {2: go}\n')


def test_a_section_of_no_topic_is_named_with_its_line() -> None:
    with pytest.raises(TaxonomyError, match=r"sections\.yaml:2: sections\.98000000: no file"):
        read(sections=Source("taxonomy/sections.yaml", 'sections:\n  "98000000": sport\n'))
