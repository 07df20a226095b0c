"""The language in which an article is read: claims, wrong claims, none at all."""

import pytest

from services.tagger.core import annotate
from services.tagger.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
ROMANCE = {"fr", "es", "it", "pt"}


def read(text: str, claimed: str | None = None) -> str | None:
    return annotate("", text, claimed, None, KNOWLEDGE).language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Norway expels two Russian diplomats"),
        ("en", "Police arrest man over robbery"),
        ("en", "Earthquake kills dozens"),
        ("de", "Norwegen weist zwei Diplomaten aus"),
        ("fr", "La France expulse deux diplomates russes et proteste"),
        ("es", "España expulsa del país a los diplomáticos rusos"),
        ("it", "Roma espelle due diplomatici russi"),
        ("pt", "Lisboa expulsa dois diplomatas russos"),
        ("nl", "Noorwegen zet twee diplomaten uit"),
        ("pl", "Norwegia wydala dwóch dyplomatów"),
        ("cs", "Norsko vyhostilo dva diplomaty"),
        ("sv", "Norge utvisar två diplomater"),
        ("tr", "Norveç iki Rus diplomatı sınır dışı etti"),
        ("ru", "Норвегия высылает двух дипломатов"),
        ("uk", "Норвегія висилає двох дипломатів"),
        ("ar", "النرويج تطرد دبلوماسيين روسيين"),
        ("zh", "挪威驱逐两名俄罗斯外交官"),
        ("ja", "ノルウェー、ロシア外交官2人を追放"),
    ],
)
def test_a_headline_without_a_claim_is_read_in_its_own(language: str, text: str) -> None:
    assert read(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "La Palma volcano erupts",
        "El Nino weather returns",
        "Es Devlin wins prize",
        "Norway declares two diplomats persona non grata",
        "Coup leader dies",
        "San Diego mayor resigns",
        "Le Pen on trial",
        "Madrid recalls envoy",
    ],
)
def test_a_short_english_headline_is_not_read_as_romance(text: str) -> None:
    assert read(text) not in ROMANCE


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("el", "Η Νορβηγία απελαύνει δύο διπλωμάτες"),
        ("fi", "Norja karkottaa kaksi venäläistä diplomaattia"),
        ("hu", "Norvégia két orosz diplomatát utasít ki"),
        ("bg", "Норвегия гони двама руски дипломати"),
        ("da", "Norge udviser to russiske diplomater"),
        ("fa", "نروژ دو دیپلمات روسی را اخراج کرد"),
        ("ko", "노르웨이는 러시아 외교관 두 명을 추방했다고 정부가 월요일에 밝혔다"),
    ],
)
@pytest.mark.parametrize("claimed", [True, False])
def test_a_language_without_rules_gives_names_alone_and_says_so(
    language: str, text: str, claimed: bool
) -> None:
    found = annotate("", f"{text} NATO", language if claimed else None, None, KNOWLEDGE)
    assert found.language == language
    assert f"no rules for the language {language!r}" in found.note
    assert [entity.id for entity in found.entities] == ["NATO"]
    assert (found.events, found.topics) == ((), ())


GERMAN = (
    "Deutschland weist zwei russische Diplomaten aus, wie die Regierung in Berlin mitteilte. "
    "Das ist nicht das erste Mal, und der Botschafter wurde auch von der Ministerin einbestellt."
)
GREEK = (
    "Η κυβέρνηση απέλασε τη Δευτέρα οκτώ διπλωμάτες και δήλωσε ότι εργάζονταν για μυστική υπηρεσία. "
    "Ο υπουργός είπε ότι η απόφαση ήταν ομόφωνη και ότι δεν θα υπάρξει άλλη ανακοίνωση."
)


@pytest.mark.parametrize(
    ("text", "claimed", "language"),
    [
        (GERMAN, "en", "de"),
        (GERMAN, "sw", "de"),
        (GERMAN, "xx", "de"),
        (GERMAN, "de-AT", "de"),
        (GERMAN, "DE_ch", "de"),
        (GREEK, "en", "el"),
        ("Der Minister schwieg.", "de", "de"),
        ("Norway expels two Russian diplomats", "en", "en"),
        ("北朝鮮、韓国、ニジェール、ヨルダン、ジョージア、米国、英国", "ja", "ja"),
        ("", "fr", "fr"),
    ],
)
def test_claims(text: str, claimed: str, language: str) -> None:
    assert read(text, claimed) == language


def test_a_text_in_two_languages_is_read_in_the_one_that_it_has_more_of() -> None:
    assert read(f"{GERMAN} {GERMAN} The ambassador was told to leave.", "en") == "de"
    assert read("12345 --- %%%") is None
