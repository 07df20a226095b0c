"""States, organisations, authorities and people in all languages, and names that mean something else."""

import pytest

from services.tagger.core import annotate
from services.tagger.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()


def countries(text: str, language: str = "en", title: str = "") -> tuple[str, ...]:
    return annotate(title, text, language, None, KNOWLEDGE).countries


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thousands protested in Tbilisi, Georgia.", ("GE",)),
        ("Georgia voters went to the polls in Atlanta.", ()),
        ("King Abdullah of Jordan met the pope.", ("JO",)),
        ("Jordan scored 30 points for the Bulls.", ()),
        ("Chad's army fought rebels.", ("TD",)),
        ("A turkey escaped from a farm.", ()),
        ("Turkey's parliament voted.", ("TR",)),
        ("Nigeria and Niger reopened their border.", ("NG", "NE")),
        ("The Niger Delta oil spill killed fish.", ("NG",)),
        (
            "Guinea, Guinea-Bissau and Equatorial Guinea signed; Papua New Guinea did not.",
            ("GN", "GW", "GQ", "PG"),
        ),
        ("Guinea pigs were stolen from the Gulf of Guinea institute.", ()),
        ("The Democratic Republic of Congo and the Republic of Congo signed.", ("CD", "CG")),
        ("The Congo River flooded.", ()),
        ("North Macedonia joined NATO.", ("MK",)),
        ("Macedonia was the home of Alexander.", ()),
        ("Northern Ireland's police arrested two men.", ("GB",)),
        ("Ireland beat England at rugby.", ("IE", "GB")),
        ("North Korea fired a missile. South Korea condemned it.", ("KP", "KR")),
        ("Dominica and the Dominican Republic were hit by the storm.", ("DM", "DO")),
        ("American Samoa and Samoa.", ("AS", "WS")),
        ("Gaza was hit again.", ("PS",)),
        ("They ate French fries, Swiss cheese and Turkish delight.", ()),
    ],
)
def test_ambiguous_names(text: str, expected: tuple[str, ...]) -> None:
    assert countries(text) == expected


def test_the_african_union_is_not_australia() -> None:
    found = annotate("", "AU troops arrived in Mogadishu, the African Union said.", "en", None, KNOWLEDGE)
    assert [(each.name, each.type) for each in found.entities] == [
        ("African Union", "organisation"),
        ("Somalia", "state"),
    ]
    assert found.countries == ("SO",)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "North Korea, Niger, Chad, Jordan and Georgia", "KP NE TD JO GE"),
        ("de", "Nordkorea, Niger, Tschad, Jordanien und Georgien", "KP NE TD JO GE"),
        ("fr", "La Corée du Nord, le Niger, le Tchad, la Jordanie et la Géorgie", "KP NE TD JO GE"),
        ("es", "Corea del Norte, Níger, Chad, Jordania y Georgia", "KP NE TD JO GE"),
        ("it", "La Corea del Nord, il Niger, il Ciad, la Giordania e la Georgia", "KP NE TD JO GE"),
        ("pt", "A Coreia do Norte, o Níger, o Chade, a Jordânia e a Geórgia", "KP NE TD JO GE"),
        ("nl", "Noord-Korea, Niger, Tsjaad, Jordanië en Georgië", "KP NE TD JO GE"),
        ("pl", "Korea Północna, Niger, Czad, Jordania i Gruzja", "KP NE TD JO GE"),
        ("cs", "Severní Korea, Niger, Čad, Jordánsko a Gruzie", "KP NE TD JO GE"),
        ("ru", "Северная Корея, Нигер, Чад, Иордания и Грузия", "KP NE TD JO GE"),
        ("uk", "Північна Корея, Нігер, Чад, Йорданія та Грузія", "KP NE TD JO GE"),
        ("sv", "Nordkorea, Niger, Tchad, Jordanien och Georgien", "KP NE TD JO GE"),
        ("tr", "Kuzey Kore, Nijer, Çad, Ürdün ve Gürcistan", "KP NE TD JO GE"),
        ("ar", "كوريا الشمالية والنيجر وتشاد والأردن وجورجيا", "KP NE TD JO GE"),
        ("zh", "朝鲜、尼日尔、乍得、约旦和格鲁吉亚", "KP NE TD JO GE"),
        ("ja", "北朝鮮、ニジェール、チャド、ヨルダン、ジョージア", "KP NE TD JO GE"),
        ("fr", "L'Irlande du Nord a voté.", "GB"),
        ("pl", "W Irlandii Północnej aresztowano dwie osoby.", "GB"),
        ("de", "Der polnische Außenminister sprach in Kiew.", "PL UA"),
        ("ru", "Министр иностранных дел Польши выступил в Киеве.", "PL UA"),
        ("es", "El ministro polaco habló en Kiev.", "PL UA"),
        ("fr", "Le ministre polonais a parlé à Kiev.", "PL UA"),
    ],
)
def test_countries_in_every_language(language: str, text: str, expected: str) -> None:
    assert " ".join(countries(text, language)) == expected


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "The FBI searched a house.", "FBI"),
        ("en", "The WHO warned of measles.", "World Health Organization"),
        ("de", "Der BND wusste nichts.", "BND"),
        ("fr", "La DGSE surveillait le suspect.", "DGSE"),
        ("ru", "ФСБ сообщила о задержании.", "ФСБ"),
        ("uk", "СБУ затримала агента.", "СБУ"),
        ("es", "El Pentagon y la CIA callan.", "CIA"),
        ("zh", "五角大楼发表声明。", "五角大楼"),
    ],
)
def test_authorities(language: str, text: str, name: str) -> None:
    entities = annotate("", text, language, None, KNOWLEDGE).entities
    assert (name, "organisation") in {(each.name, each.type) for each in entities}


def test_an_authority_written_small_is_a_word() -> None:
    assert annotate("", "We asked who knew the fsb code.", "en", None, KNOWLEDGE).entities == ()


def test_countries_are_ranked_by_how_central_they_are() -> None:
    text = (
        "Oslo closed its border on Monday.\n\n"
        "Sweden and Finland regretted it. Sweden asked Norway to think again.\n\nDenmark was silent."
    )
    assert countries(text, title="Norway closes border") == ("NO", "SE", "FI", "DK")


def test_the_dateline_and_the_place_of_publication_do_not_count() -> None:
    assert countries("PARIS (Reuters) - Peru and Chile signed a treaty. Peru hailed it.") == ("PE", "CL")
