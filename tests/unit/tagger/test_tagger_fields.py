"""Where and when an event happened and what it answers; the page of all types."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from schemas.events import Cause, Event, Place
from services.tagger.core import annotate
from services.tagger.document import PAGE, page
from services.tagger.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
PUBLISHED = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
SEED = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "seed.txt"


def events(language: str, text: str, published: datetime | None = PUBLISHED) -> tuple[Event, ...]:
    return annotate("", text, language, published, KNOWLEDGE).events


TUESDAY = {
    "ar": "طردت النرويج يوم الثلاثاء دبلوماسيين روسيين.",
    "cs": "Norsko v úterý vyhostilo dva ruské diplomaty.",
    "de": "Norwegen hat am Dienstagabend zwei russische Diplomaten ausgewiesen.",
    "en": "Norway expelled two Russian diplomats on Tuesday.",
    "es": "Noruega expulsó el martes a dos diplomáticos rusos.",
    "fr": "La Norvège a expulsé mardi deux diplomates russes.",
    "it": "La Norvegia ha espulso martedì due diplomatici russi.",
    "ja": "ノルウェー政府は火曜日、ロシア人外交官2人を追放した。",
    "nl": "Noorwegen heeft dinsdag twee Russische diplomaten uitgewezen.",
    "pl": "Norwegia wydaliła we wtorek dwóch rosyjskich dyplomatów.",
    "pt": "A Noruega expulsou na terça-feira dois diplomatas russos.",
    "ru": "Норвегия выслала во вторник двух российских дипломатов.",
    "sv": "Norge utvisade två ryska diplomater på tisdagen.",
    "tr": "Norveç salı günü iki Rus diplomatı sınır dışı etti.",
    "uk": "Норвегія у вівторок вислала двох російських дипломатів.",
    "zh": "挪威周二驱逐两名俄罗斯外交官。",
}


@pytest.mark.parametrize("language", TUESDAY)
def test_a_weekday_is_the_last_one_before_the_publication(language: str) -> None:
    (event,) = events(language, TUESDAY[language])
    assert event.date == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "Norway expelled two Russian diplomats yesterday.", date(2026, 11, 26)),
        ("en", "Norway expelled two Russian diplomats on May 3.", date(2026, 5, 3)),
        ("en", "Norway expelled two Russian diplomats on 3rd December 2025.", date(2025, 12, 3)),
        ("en", "Norway expelled two Russian diplomats on December 3.", date(2025, 12, 3)),
        ("en", "Norway will expel two Russian diplomats on Tuesday.", date(2026, 12, 1)),
        ("en", "Two Russian diplomats must leave Norway by Sunday.", None),
        ("en", "Norway expelled two Russian diplomats in May.", None),
        ("en", "Norway expelled two Russian diplomats on 31 June.", None),
        ("de", "Norwegen wies am 3. Mai 2026 zwei russische Diplomaten aus.", date(2026, 5, 3)),
        ("es", "Noruega expulsó el 3 de mayo de 2026 a dos diplomáticos rusos.", date(2026, 5, 3)),
        ("ru", "Норвегия выслала 3 мая двух российских дипломатов.", date(2026, 5, 3)),
        ("ru", "Норвегия выслала в среду двух российских дипломатов.", date(2026, 11, 25)),
        ("pl", "Norwegia wydaliła w środę dwóch rosyjskich dyplomatów.", date(2026, 11, 25)),
        ("zh", "挪威5月3日驱逐两名俄罗斯外交官。", date(2026, 5, 3)),
    ],
)
def test_days(language: str, text: str, day: date | None) -> None:
    (event,) = events(language, text)
    assert event.date == day


def test_without_a_publication_only_a_whole_date_is_a_day() -> None:
    assert events("en", "Norway expelled two Russian diplomats on Tuesday.", None)[0].date is None
    assert events("en", "Norway expelled two Russian diplomats on May 3.", None)[0].date is None
    dated = events("en", "Norway expelled two Russian diplomats on May 3, 2026.", None)
    assert dated[0].date == date(2026, 5, 3)


@pytest.mark.parametrize(
    ("language", "text", "place"),
    [
        ("en", "Norway expelled two Russian diplomats.", Place(country="NO")),
        ("en", "A quake killed 12 people in the city of Izmir, Turkey.", Place(country="TR", name="Izmir")),
        ("en", "Thousands marched in Novi Sad, Serbia.", Place(country="RS", name="Novi Sad")),
        ("en", "Pakistani jets bombed hideouts in Afghanistan.", Place(country="AF")),
        ("ru", "В среду в Белграде прошла демонстрация.", Place(country="RS", name="Белграде")),
        ("en", "France recalled its ambassador to Italy.", None),
    ],
)
def test_places(language: str, text: str, place: Place | None) -> None:
    (event,) = events(language, text)
    assert event.place == place


ANSWERS = {
    "ar": "ردا على طرد النرويج دبلوماسيين روسيين طردت موسكو دبلوماسيين نرويجيين.",
    "cs": "Norsko vyhostilo dva ruské diplomaty. V odpovědi vyhostila Moskva dva norské diplomaty.",
    "de": "Als Reaktion auf die Ausweisung von zwei russischen Diplomaten durch Norwegen hat Moskau "
    "zwei norwegische Diplomaten ausgewiesen.",
    "en": "Norway expelled two Russian diplomats. In retaliation, Moscow expelled two Norwegian diplomats.",
    "es": "Noruega expulsó a dos diplomáticos rusos. En represalia, Moscú expulsó a dos diplomáticos "
    "noruegos.",
    "fr": "En représailles à l'expulsion de deux diplomates russes par Oslo, Moscou a expulsé deux "
    "diplomates norvégiens.",
    "it": "La Norvegia ha espulso due diplomatici russi. In risposta Mosca ha espulso due "
    "diplomatici norvegesi.",
    "ja": "ノルウェーはロシア人外交官2人を追放した。報復としてロシアはノルウェー人外交官2人を追放した。",
    "nl": "Noorwegen wees twee Russische diplomaten uit. Als reactie wees Moskou twee Noorse diplomaten uit.",
    "pl": "Norwegia wydaliła dwóch rosyjskich dyplomatów. W odpowiedzi Moskwa wydaliła dwóch "
    "norweskich dyplomatów.",
    "pt": "A Noruega expulsou dois diplomatas russos. Em retaliação, Moscovo expulsou dois "
    "diplomatas noruegueses.",
    "ru": "Норвегия выслала двух российских дипломатов. В ответ Москва выслала двух норвежских дипломатов.",
    "sv": "Norge utvisade två ryska diplomater. Som svar utvisade Moskva två norska diplomater.",
    "tr": "Norveç iki Rus diplomatı sınır dışı etti. Misilleme olarak Rusya iki Norveçli diplomatı "
    "sınır dışı etti.",
    "uk": "Норвегія вислала двох російських дипломатів. У відповідь Москва вислала двох норвезьких "
    "дипломатів.",
    "zh": "挪威驱逐两名俄罗斯外交官。作为回应，俄罗斯驱逐两名挪威外交官。",
}


@pytest.mark.parametrize("language", ANSWERS)
def test_an_answer_names_its_cause(language: str) -> None:
    found = events(language, ANSWERS[language])
    answer = next(event for event in found if event.actor == ("RU",))
    assert answer.cause is not None
    assert (answer.response, answer.cause.type, answer.cause.target) == (True, "expulsion", ("RU",))
    assert answer.cause.index is not None
    assert found[answer.cause.index].cause is None


def test_a_cause_that_is_only_named() -> None:
    text = (
        "Russia has expelled two Norwegian diplomats in response to the expulsion of eight Russians by NATO."
    )
    (event,) = events("en", text)
    assert event.cause == Cause(type="expulsion", actor=("NATO",), target=("RU",))


def test_who_retaliates_answers_what_is_told_before() -> None:
    text = "Prague expelled 18 Russian diplomats and Moscow retaliated by expelling 20 Czech diplomats."
    first, second = events("en", text)
    assert (first.actor, first.cause, first.response) == (("CZ",), None, False)
    assert second.cause is not None
    assert second.cause.index == 0


def test_two_acts_that_nothing_links_have_no_cause() -> None:
    text = "Norway expelled two Russian diplomats. Chile expelled two Peruvian diplomats."
    assert [event.cause for event in events("en", text)] == [None, None]


def test_the_example_of_real_input_links_the_offices_to_the_accreditations() -> None:
    if not SEED.exists():
        pytest.skip(f"{SEED} is absent: the example of real input is not beside this checkout")
    lines = [line for line in SEED.read_text(encoding="utf-8").splitlines() if line.strip()]
    found = annotate(lines[0], "\n\n".join(lines), "en", None, KNOWLEDGE).events
    closed = next(event for event in found if event.type == "mission_closure")
    assert closed.cause is not None
    assert closed.cause.index is not None
    assert (found[closed.cause.index].type, closed.cause.actor) == ("expulsion", ("NATO",))
    assert closed.place == Place(country="RU", name="Moscow")


def test_the_page_of_types_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m services.tagger.document"
    for event in KNOWLEDGE.events:
        assert f"| `{event}` |" in page()
    assert "|  |" not in page(), "a type lacks its meaning, sides or example"
