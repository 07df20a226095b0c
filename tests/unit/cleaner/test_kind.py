"""Kinds of page, on invented pages. Those with text that say that they are articles stay articles."""

from datetime import UTC, datetime

import pytest

from schemas.events import Article, RawPage
from services.cleaner.core import clean
from services.kit.step import Reject

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEXT = [
    "The ministry in Oslo said on Monday that the eight had to leave by the end of the week.",
    "Their conduct, it went on, did not fit what they had been accredited for; no names were given.",
    "An answer in kind is expected before the talks on the northern border begin again.",
]
BODY = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT)
STORIES = (
    "Harbour strike enters third week", "Parliament votes on the fishing quota", "A storm takes roofs off",
    "Chess champion returns her title", "New bridge opens after nine years", "Court frees the ferry captain",
    "Wolves are seen near the capital", "School meals become free in May", "Oil fund sells its last mine",
    "Orchestra plays for the fishermen", "Minister answers for the budget", "Ski season ends early again",
    "Old lighthouse finds a buyer", "Trains run late over frozen points", "A library opens at midnight",
)  # fmt: skip


def page(html: str, url: str = "https://courier.example/world/norway-expels-eight") -> Article:
    return clean(
        RawPage(
            capture_id="c", url=url, source="courier", fetched_at=NOW, first_seen=NOW, revision=1, html=html
        )
    )


def code(html: str, url: str = "https://courier.example/world/some-page") -> str:
    with pytest.raises(Reject) as refused:
        page(html, url)
    assert url in str(refused.value)
    return refused.value.code


def document(body: str, title: str = "Norway expels eight", head: str = "") -> str:
    return (
        f"<!doctype html><html><head><title>{title} | Courier</title>{head}</head><body>"
        f"<nav><a href='/'>Home</a></nav>{body}<footer>All rights reserved</footer></body></html>"
    )


def teasers(summaries: bool, count: int = 15) -> str:
    return "".join(
        f"<div class='card'><h3><a href='/news/{i}'>{title}</a></h3>"
        + (f"<p>{title}, and what people along the coast say of it today.</p>" if summaries else "")
        + "</div>"
        for i, title in enumerate(STORIES[:count])
    )


def linked(data: str) -> str:
    return f'<script type="application/ld+json">{data}</script>'


def test_a_page_with_text_is_an_article() -> None:
    found = page(document(f"<h1>Norway expels eight</h1>{BODY}"))
    assert (found.kind, found.entries) == ("article", ())


# Lists of articles


@pytest.mark.parametrize("summaries", [False, True])
@pytest.mark.parametrize("url", ["https://courier.example/", "https://courier.example/world"])
def test_a_list_of_headlines_is_none(summaries: bool, url: str) -> None:
    assert code(document(f"<h1>World</h1><main>{teasers(summaries)}</main>", "World"), url) == "index-page"


def test_a_front_page_whose_top_story_is_its_heading_is_none() -> None:
    top = f"<h1><a href='/1'>Norway expels eight diplomats over spying</a></h1><p>{TEXT[0]}</p>"
    assert code(document(top + teasers(True)), "https://courier.example/") == "index-page"


def test_a_front_page_that_names_its_articles_is_none() -> None:
    head = '<meta property="og:type" content="website">' + linked('[{"@type": "NewsArticle", "url": "/1"}]')
    html = document(f"<h1>World</h1><main>{teasers(True)}</main>", head=head)
    assert code(html, "https://courier.example/") == "index-page"
    assert page(html, "https://courier.example/world").kind == "article"


@pytest.mark.parametrize(
    "body", [f"<h1>Norway expels eight Russian diplomats</h1><p>{TEXT[0]}</p><p>{TEXT[1]}</p>", BODY]
)
def test_a_short_article_above_many_headlines_stays_one(body: str) -> None:
    assert page(document(f"<article>{body}</article>{teasers(False)}")).kind == "article"


def test_a_list_that_says_that_it_is_an_article_stays_one() -> None:
    head = '<meta property="og:type" content="article">'
    assert page(document(f"<h1>World</h1><main>{teasers(True)}</main>", head=head)).kind == "article"


# Walls and errors that say 200


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<title>Just a moment...</title><p>Checking your browser before you go on.</p>", "challenge"),
        (f"<title>Before you continue</title><p>{'We and our 120 partners use cookies. ' * 9}", "consent"),
        ("<title>Access denied</title><p>You do not have permission to see this page.", "denied"),
        ("<title>Log in</title><form><input type='password'><p>Log in to go on reading.", "login"),
        ("<noscript>Please enable JavaScript to view this site.</noscript><div id='app'></div>", "empty"),
        ("<title>x</title><script>fill('page')</script>", "empty"),
        ("<frameset cols='20%,80%'><frame src='menu.html'><frame src='body.html'></frameset>", "empty"),
    ],
)  # fmt: skip
def test_walls(html: str, expected: str) -> None:
    assert code(f"<!doctype html><html>{html}</html>") == expected


@pytest.mark.parametrize(
    "title",
    [
        "Page not found", "404 Not Found", "Error 404", "404", "Oops! That page can’t be found.",
        "Seite nicht gefunden",
        "Страница не найдена", "ページが見つかりません", "Page introuvable (404)", "503 Service Unavailable",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["title", "heading"])
def test_error_pages_that_say_200(title: str, place: str) -> None:
    said = (
        "<p>The page that you asked for is not here any more. Have a look at what others are reading now.</p>"
    )
    html = (
        document(said + teasers(False, 5), title) if place == "title" else document(f"<h1>{title}</h1>{said}")
    )
    assert code(html) == "error-page"


@pytest.mark.parametrize("title", ["Missing page found in the abbey", "Gone fishing", "Error of judgement"])
def test_articles_about_errors_stay_articles(title: str) -> None:
    assert page(document(f"<h1>{title}</h1>{BODY}", title)).title == title


def test_an_article_that_is_called_like_an_error_stays_one() -> None:
    head = linked('{"@type": "NewsArticle", "headline": "Not found"}')
    assert page(document(f"<h1>Not found</h1>{BODY}", "Not found", head)).kind == "article"


# Videos and galleries

PLAYER = "<video src='/storm.mp4'></video>"


@pytest.mark.parametrize(
    ("body", "head", "url"),
    [
        (PLAYER, "", "https://courier.example/videos/storm"),
        (
            "<iframe src='https://www.youtube.com/embed/1'></iframe>",
            "",
            "https://courier.example/video/storm",
        ),
        (PLAYER, linked('{"@type": "VideoObject", "name": "Storm"}'), "https://courier.example/storm"),
        ("", '<meta property="og:type" content="video.other">', "https://courier.example/storm"),
    ],
)
def test_a_video_with_a_line_is_none(body: str, head: str, url: str) -> None:
    line = "<p>See how the storm took the roofs off in the harbour of our town this morning.</p>"
    assert code(document(f"<h1>Storm</h1>{body}{line}", "Storm", head), url) == "video"


def test_a_video_with_text_says_so() -> None:
    found = page(document(f"<h1>Storm</h1>{PLAYER}{BODY}"), "https://courier.example/video/storm")
    assert found.kind == "video"


def test_a_video_within_an_article_does_not_make_it_one() -> None:
    head = linked('{"@type": "VideoObject", "name": "Storm"}')
    assert page(document(f"<h1>Storm</h1>{PLAYER}{BODY}", head=head)).kind == "article"


def test_galleries() -> None:
    figures = "".join(
        f"<figure><img src='{i}.jpg'><figcaption>Boats, {i}</figcaption></figure>" for i in range(6)
    )
    url = "https://courier.example/gallery/boats"
    assert code(document(f"<h1>Boats</h1>{figures}", "Boats"), url) == "gallery"
    assert page(document(f"<h1>Boats</h1>{BODY}{figures}"), url).kind == "gallery"
    assert page(document(f"<h1>Boats</h1>{BODY}{figures}")).kind == "article"


# Live blogs

REPORTS = [
    ("2026-03-02T11:30:00+01:00", "Envoy summoned", "The ambassador has arrived at the ministry, we hear."),
    ("2026-03-02T10:15:00+01:00", "Eight named", "The list of those who must leave has eight names now."),
    ("2026-03-02T09:40:00+01:00", "", "A statement is expected within the hour, the ministry says."),
    ("2026-03-02T09:05:00+01:00", "Good morning", "We report here on the row over diplomats, all day long."),
]
SPLIT = [(title, text) for _, title, text in REPORTS]


def test_a_live_blog_is_split_by_its_linked_data() -> None:
    updates = ",".join(
        f'{{"headline": "{title}", "datePublished": "{at}", "articleBody": "<p>{text}</p>"}}'
        for at, title, text in REPORTS
    )
    head = linked(f'{{"@graph": [{{"@type": "LiveBlogPosting", "liveBlogUpdate": [{updates}]}}]}}')
    found = page(document(f"<h1>Row over diplomats</h1>{BODY}", head=head))
    assert found.kind == "live-blog"
    assert [(entry.title, entry.text) for entry in found.entries] == SPLIT
    assert found.entries[0].published_at == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "url"),
    [("liveblog-entry", "https://courier.example/1"), ("x", "https://courier.example/world/live/1")],
)
def test_a_live_blog_is_split_by_its_elements(name: str, url: str) -> None:
    reports = "".join(
        f"<div class='{name}'><time datetime='{at}'>{at[11:16]}</time>"
        + (f"<h3>{title}</h3>" if title else "")
        + f"<p>{text}</p></div>"
        for at, title, text in REPORTS
    )
    found = page(document(f"<h1>Row over diplomats</h1>{BODY}<div>{reports}</div>"), url)
    assert found.kind == "live-blog"
    assert [(entry.title, entry.text) for entry in found.entries] == SPLIT
    assert found.entries[3].published_at == datetime(2026, 3, 2, 8, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-03-02T00:00:00+01:00", datetime(2026, 3, 1, 23, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 10:15:00 +0100", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("1772442900000", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("soon", None),
    ],
)
def test_times_of_reports(written: str, at: datetime | None) -> None:
    update = f'{{"headline": "Eight named", "datePublished": "{written}", "articleBody": "{TEXT[0]}"}}'
    wrapped = f'//<![CDATA[\n{{"@type": "LiveBlogPosting", "liveBlogUpdate": [{update},]}}\n//]]>'
    (entry,) = page(document(f"<h1>Row over diplomats</h1>{BODY}", head=linked(wrapped))).entries
    assert entry.published_at == at


def test_comments_with_times_are_no_live_blog() -> None:
    comments = "".join(
        f"<li class='comment'><time datetime='{at}'>{at}</time><p>{text}</p></li>" for at, _, text in REPORTS
    )
    found = page(document(f"<h1>Row</h1>{BODY}<ul>{comments}</ul>"), "https://courier.example/world/live/1")
    assert found.kind == "article"


def test_a_live_blog_without_reports_is_one_all_the_same() -> None:
    head = linked('{"@type": "LiveBlogPosting", "liveBlogUpdate": "soon"}')
    found = page(document(f"<h1>Row over diplomats</h1>{BODY}", head=head))
    assert (found.kind, found.entries) == ("live-blog", ())
