"""Furniture that only a site's history shows, on invented sites."""

from datetime import UTC, datetime

import pytest

from schemas.events import Article, Entry, RawPage
from services.cleaner.core import clean
from services.cleaner.history import MANY, MANY_WITHIN, MOST_PARAGRAPHS, MOST_SITES, History
from services.kit.text import fold_tokens
from services.kit.urls import article_id

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FURNITURE = "The Courier is funded by those who read it. Give what you can, and think of us."
STORIES = {
    "Harbour strike enters third week": "Dockers left their cranes idle on Tuesday and met at the quay.",
    "Fishing quota falls": "Parliament voted narrowly for smaller catches of cod, whatever skippers think.",
    "Roofs blown off": "Gusts of forty metres a second tore tiles from churches along the western coast.",
    "Chess champion resigns": "She had beaten everyone between Bergen and Reykjavik, then lost interest.",
    "Bridge opens": "Nine winters of building ended when two lorries crossed slowly, horns blaring.",
    "Ferry captain freed": "Judges found no negligence; fog had hidden the skerry from anybody aboard.",
    "Wolves near capital": "Tracks were photographed behind a kindergarten, and rangers set cameras.",
    "School meals become free": "Every pupil gets porridge, fish soup or bread, paid out of oil revenue.",
    "Orchestra tours islands": "Violins travelled by mail boat, and Sibelius was heard on bare rocks.",
    "Lighthouse finds buyer": "An optician from Tromso wants its lens; neighbours merely hope for a café.",
}


def article(title: str, *paragraphs: str, id: str = "", site: str = "courier.example") -> Article:
    text = "\n\n".join(paragraphs)
    return Article(
        id=article_id(id or title),
        capture_id="c",
        revision=1,
        url="https://courier.example/1",
        canonical_url="https://courier.example/1",
        site=site,
        fetched_at=NOW,
        first_seen=NOW,
        title=title,
        text=text,
        title_tokens=fold_tokens(title),
        text_tokens=fold_tokens(text),
        fingerprint="of the whole",
    )


def stories(*after: str, before: tuple[str, ...] = ()) -> list[Article]:
    return [article(title, *before, text, f"{text} More of it.", *after) for title, text in STORIES.items()]


def cleaned(history: History, articles: list[Article]) -> list[str]:
    return [history.without_furniture(each).text for each in articles]


@pytest.mark.parametrize("below", [True, False])
def test_what_stands_under_or_over_all_articles_goes_once_it_is_known(below: bool) -> None:
    given = stories(FURNITURE) if below else stories(before=(FURNITURE,))
    found = cleaned(History(), given)
    assert [FURNITURE in text for text in found] == [i < MANY - 1 for i in range(len(found))]


def test_the_rest_stays_with_tokens_and_fingerprint_of_its_own() -> None:
    history = History()
    *_, last = [history.without_furniture(each) for each in stories(FURNITURE)]
    (plain,) = stories()[-1:]
    assert (last.text, last.text_tokens) == (plain.text, plain.text_tokens)
    assert last.fingerprint != "of the whole"


def test_it_is_a_function_of_the_articles_and_their_order() -> None:
    assert cleaned(History(), stories(FURNITURE)) == cleaned(History(), stories(FURNITURE))


def test_in_between_it_takes_more() -> None:
    given = [
        article(title, *[f"{text} {word}." for word in ["one", "two", "three"]], FURNITURE,
                *[f"{text} {word}." for word in ["four", "five", "six", "seven", "eight"]])
        for title, text in STORIES.items()
    ]  # fmt: skip
    assert [FURNITURE in text for text in cleaned(History(), given)] == [
        i < MANY_WITHIN - 1 for i in range(len(given))
    ]


def test_other_sites_know_nothing_of_it() -> None:
    history = History()
    cleaned(history, stories(FURNITURE))
    elsewhere = article("Sun over Oslo", "It shone.", FURNITURE, site="herald.example")
    assert history.without_furniture(elsewhere) == elsewhere


def test_a_quotation_that_recurs_in_reports_on_one_affair_stays() -> None:
    quotation = (
        '"Their conduct does not fit their status," the minister told reporters, and would say no more.'
    )
    titles = [f"Norway and the eight diplomats: {each}" for each in STORIES]
    given = [article(title, text, quotation) for title, text in zip(titles, STORIES.values(), strict=True)]
    assert all(quotation in text for text in cleaned(History(), given))


def test_a_background_paragraph_stays_whatever_the_titles_are() -> None:
    background = "Norland attacked Sudland in 2022, and its army has held the eastern provinces ever since."
    given = [
        article(
            title,
            f"{text} Norland said so.",
            "The army of Sudland kept to its eastern provinces.",
            background,
        )
        for title, text in STORIES.items()
    ]
    assert all(background in text for text in cleaned(History(), given))


def test_copies_and_edits_and_further_captures_teach_nothing() -> None:
    title, text = next(iter(STORIES.items()))
    paragraphs = (text, "Cranes stood still.", "Nobody spoke.", "It rained on the banners all day long.")
    history = History()
    for i, other in enumerate(STORIES):
        history.without_furniture(article(title, *paragraphs, id=f"a{i}"))  # copies under one title
        history.without_furniture(article(other, *paragraphs, id=f"a{i}"))  # edits of the title
        history.without_furniture(article(other, *paragraphs, id=f"b{i}"))  # copies under others
    found = history.without_furniture(article(title, *paragraphs))
    assert found.text == "\n\n".join(paragraphs)


def test_long_paragraphs_stay() -> None:
    long = FURNITURE * 6
    assert all(long in text for text in cleaned(History(), stories(long)))


def test_never_is_everything_taken() -> None:
    history = History()
    cleaned(history, stories(FURNITURE))
    alone = article("Video", FURNITURE)
    assert history.without_furniture(alone) == alone


def test_reports_of_a_live_blog_lose_it_too() -> None:
    history = History()
    cleaned(history, stories(FURNITURE))
    text = "Envoys are to be summoned this afternoon, and eight of them may have to go, it is said."
    entry = Entry(title="Summoned", text=f"{text}\n\n{FURNITURE}")
    live = article("Row", text, FURNITURE).model_copy(update={"entries": (entry,)})
    (left,) = history.without_furniture(live).entries
    assert left.text == text


def test_languages_without_spaces() -> None:
    furniture = "本紙の購読をお申し込みください。詳しくは電話で。"
    told = {
        "港湾ストが三週目": "火曜日も岸壁のクレーンは止まったままだった。労使の協議は再開されていない。",
        "漁獲枠を削減": "議会は僅差で可決した。来年からタラの水揚げは二割減る見込みとなった。",
        "強風で屋根飛ぶ": "最大瞬間風速四十メートル。教会や住宅に被害が相次いでいると消防は話す。",
        "橋が開通式典": "九年に及ぶ工事を終え夜明け前に二台のトラックが渡り初めを行ったという。",
        "狼の足跡発見": "幼稚園の裏山で撮影された。森林警備隊が自動カメラを設置し夜間に監視する。",
    }
    given = [article(title, text * 3, furniture) for title, text in told.items()]
    found = cleaned(History(), given)
    assert furniture not in found[-1]
    assert all(text in left for text, left in zip(told.values(), found, strict=True))


def test_memory_is_bounded() -> None:
    history = History()
    for i in range(MOST_SITES + 50):
        history.without_furniture(article(f"Title {i}", f"Text of number {i}.", site=f"{i}.example"))
    for i in range(MOST_PARAGRAPHS):
        history.without_furniture(
            article(f"Headline {i}", f"One more text, number {i}.", f"And {i} more of it.")
        )
    assert len(history._sites) == MOST_SITES
    assert max(len(site.paragraphs) for site in history._sites.values()) == MOST_PARAGRAPHS


def test_what_a_site_no_longer_has_is_forgotten() -> None:
    history = History()
    cleaned(history, stories(FURNITURE))
    for i in range(MOST_PARAGRAPHS):
        history.without_furniture(
            article(f"Headline {i}", f"One more text, number {i}.", f"And {i} more of it.")
        )
    (later,) = stories(FURNITURE)[:1]
    assert FURNITURE in history.without_furniture(later).text


def page_of(title: str, text: str, number: int) -> RawPage:
    """One of ten pages of a site, as its template makes them."""
    told = "".join(
        f"<p>{text} {more}</p>" for more in ("So it was told.", "More of it on Friday.", "Nobody knew.")
    )
    html = (
        f"<html><head><title>{title} | The Courier</title></head><body><nav><a href='/'>Home</a></nav>"
        f"<article><h1>{title}</h1><p>{text}</p>{told}<p>{FURNITURE}</p></article>"
        "<footer>The Courier, Harbour Street 1</footer></body></html>"
    )
    url = f"https://courier.example/news/{number}"
    return RawPage(
        capture_id=f"c{number}", url=url, source="c", fetched_at=NOW, first_seen=NOW, revision=1, html=html
    )


def test_ten_pages_of_a_site_and_the_cleaner_started_anew() -> None:
    pages = [page_of(title, text, number) for number, (title, text) in enumerate(STORIES.items())]
    history = History()
    found = [history.without_furniture(clean(page)) for page in pages]
    assert [FURNITURE in each.text for each in found] == [i < MANY - 1 for i in range(10)]
    for each, text in zip(found, STORIES.values(), strict=True):
        assert [text, f"{text} So it was told.", f"{text} More of it on Friday.", f"{text} Nobody knew."] == [
            paragraph for paragraph in each.text.split("\n\n") if paragraph != FURNITURE
        ]
        assert each.text_tokens == fold_tokens(each.text)
    # Read again after a restart: the same pages give the same articles.
    again = History()
    assert [again.without_furniture(clean(page)) for page in pages] == found
