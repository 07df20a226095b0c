"""The parts from which the metadata is read: names, agencies, moments, languages."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from services.cleaner.metadata.agencies import agency, credited
from services.cleaner.metadata.linked_data import items
from services.cleaner.metadata.moments import moment
from services.cleaner.metadata.names import is_person, people
from services.kit.language import iso_639_1, language


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ada Example, Bo Sample and Cy Model", ["Ada Example", "Bo Sample", "Cy Model"]),
        ("Written by Ada Example | Courier staff writer", ["Ada Example", "Courier staff writer"]),
        ("Ada Example, Political Editor", ["Ada Example"]),
        ("Ada van der Example", ["Ada van der Example"]),
        ("Example, Ada M.", ["Ada M. Example"]),
        ("Analysis by Ada Example", ["Ada Example"]),
        ("Ein Kommentar von Ada Beispiel", ["Ada Beispiel"]),
        ("Otto von Muster", ["Otto von Muster"]),
        ("Ada Beispiel, dpa", ["Ada Beispiel", "dpa"]),
        ("Ada Beispiel/dpa", ["Ada Beispiel", "dpa"]),
        ("Ada Example (Reuters)", ["Ada Example"]),
        ("Escrito por Ada Ejemplo", ["Ada Ejemplo"]),
        ("Ада Примерова, Борис Образцов", ["Ада Примерова", "Борис Образцов"]),
        ("文/王小明", ["王小明"]),
        ("https://courier.example/ada", []),
        ("ada@courier.example", []),
        ("admin", []),
        ("3 min read", []),
        ("", []),
    ],
)
def test_people(byline: str, names: list[str]) -> None:
    assert people(byline) == names


@pytest.mark.parametrize("name", ["Ada Example", "Ada van der Example", "山田花子", "Ада Примерова"])
def test_who_is_a_person(name: str) -> None:
    assert is_person(name)


@pytest.mark.parametrize("name", ["Courier", "AFP", "Associated Press", "Staff writer", "more about this"])
def test_who_is_none(name: str) -> None:
    assert not is_person(name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The Associated Press", "AP"),
        ("AP", "AP"),
        ("ap", None),
        ("dpa", "dpa"),
        ("REUTERS", "Reuters"),
        ("Рейтер", "Reuters"),
        ("新华社", "Xinhua"),
        ("تاس", "TASS"),
        ("연합뉴스", "Yonhap"),
        ("Agence France-Presse", "AFP"),
        ("Anadolu Ajansı", "Anadolu"),
        ("Agência Lusa", "Lusa"),
        ("Ada Example", None),
    ],
)
def test_agencies_in_their_spellings(text: str, name: str | None) -> None:
    assert agency(text) == name


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("OSLO (AP) — Norway on Monday expelled eight.", ["AP"]),
        ("Oslo (dpa/AFP) - Norwegen weist acht Diplomaten aus.", ["dpa", "AFP"]),
        ("МОСКВА, 2 марта - РИА Новости. Восемь дипломатов.", ["RIA Novosti"]),
        ("МОСКВА, 2 марта. /ТАСС/. Восемь дипломатов.", ["TASS"]),
        ("Madrid, 2 mar (EFE).- Ocho diplomáticos.", ["EFE"]),
        ("【オスロ共同】ノルウェーは8人を追放した。", ["Kyodo"]),
        ("【オスロ=共同】ノルウェーは8人を追放した。", ["Kyodo"]),
        ("新华社奥斯陆3月2日电 挪威驱逐八名外交官。", ["Xinhua"]),
        ("(오슬로=연합뉴스) 노르웨이가 8명을 추방했다.", ["Yonhap"]),
        ("Norway expelled eight.\n\nThey must leave by Friday. (Reuters)", ["Reuters"]),
        ("Norway expelled eight.\n\nSource: AFP", ["AFP"]),
        ("Norway expelled eight.\n\n© 2026 AFP", ["AFP"]),
        ("Norway expelled eight.\n\n(Quelle: APA/sda/dpa)", ["APA", "Keystone-SDA", "dpa"]),
        ("The Palestinian Authority (PA) rejected the plan of the Communist Party (CP) on Monday.", []),
        ("Norway (NATO) expelled eight, the BBC and Reuters reported in Oslo last night.", []),
    ],
)
def test_credit_lines(text: str, names: list[str]) -> None:
    assert credited(text) == names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T10:15:00+01:00", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("2026-03-02T10:15:00.1234567+0100", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("2026-03-02T09:15Z", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("2026-03-02 09:15", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("20260302", datetime(2026, 3, 2, tzinfo=UTC)),
        ("20260302T091500Z", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("2026-03-02T00:00:00+09:00", datetime(2026, 3, 2, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 10:15:00 +0100", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("Mon Mar 2 04:15:00 EST 2026", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("March 2, 2026", datetime(2026, 3, 2, tzinfo=UTC)),
        ("1772442900", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("1772442900000", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
    ],
)
def test_moments(text: str, expected: datetime) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026",
        "March 2026",
        "2026-13-01",
        "0001-01-01T00:00:00+10:00",
        "1970-01-01",
        "9" * 400,
    ],
)
def test_what_is_no_moment(text: str) -> None:
    assert moment(text) is None


SENTENCES: dict[str, str] = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "golden" / "languages.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("code", SENTENCES)
def test_the_language_of_a_sentence(code: str) -> None:
    text = SENTENCES[code]
    assert language(text, [code]) == code
    assert language(text, []) == code


@pytest.mark.parametrize("code", SENTENCES.keys() - {"en"})
def test_a_template_in_english_does_not_make_a_text_english(code: str) -> None:
    assert language(f"{SENTENCES[code]} {SENTENCES[code]}", ["en"]) == code


def test_a_claim_decides_between_languages_that_are_written_alike_and_where_there_is_no_text() -> None:
    assert language(SENTENCES["hr"], ["bs"]) == "bs"
    assert language("8", ["no"]) == "no"
    assert language("8", []) is None


@pytest.mark.parametrize(
    ("tag", "code"),
    [("de-AT", "de"), ("nb_NO", "no"), ("iw", "he"), ("zh-Hant-TW", "zh"), ("xx", None)],
)
def test_language_tags(tag: str, code: str | None) -> None:
    assert iso_639_1(tag) == code


@pytest.mark.parametrize(
    "script",
    [
        '{"@type":"NewsArticle"}',
        '[[{"@type":"NewsArticle"}]]',
        '{"@graph":[{"@type":"NewsArticle"}]}',
        '{"@type":"NewsArticle",}',
        '<!-- {"@type":"NewsArticle"} -->',
        '/*<![CDATA[*/ {"@type":"NewsArticle"} /*]]>*/',
        '{"@type":"NewsArticle"};',
        '{"@type":"NewsArticle"}{"@type":"WebSite"}',
        '// ours\n{"@type":"NewsArticle", /* really */ "url":"https://a.example//b"}',
        "{&quot;@type&quot;:&quot;NewsArticle&quot;}",
        '{"@type":"NewsArticle","x":"a\n\tb"}',
        '{"@type":"NewsArticle","x":"a "quoted" word"}',
    ],
)
def test_linked_data_that_is_nearly_json(script: str) -> None:
    assert any(item.get("@type") == "NewsArticle" for item in items([script]))
