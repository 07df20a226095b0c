"""What a reader sees of a page, and what differs between two captures of it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Hunk
from services.crawler.edits import bounded, difference
from services.crawler.passing import passing
from services.crawler.visible import lines

ARTICLE = "<article><h1>Head</h1><p>One.</p><p>Two has a few words more than others have.</p></article>"


def page(body: str, title: str = "Head | Site") -> str:
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>"


def test_blocks_are_lines_and_white_space_is_folded() -> None:
    body = (
        "<h1>Head</h1><p>One\n <a href=x>two</a>\t<b>three</b>.<br>Four</p>"
        "<ul><li>Five<li>Six</ul>Seven<table><tr><td>8 ships"
    )
    assert lines(page(body)) == ("Head", "One two three.", "Four", "Five", "Six", "Seven", "8 ships")


def test_the_title_counts_where_no_headline_tells_it() -> None:
    assert lines(page("<p>One.</p>", "Title")) == ("Title", "One.")
    shared = '<meta property="og:title" content="Shared"><h1>Head</h1><p>One.</p>'
    assert lines(page(shared)) == ("Shared", "Head", "One.")
    assert lines(page(ARTICLE)) == ("Head", "One.", "Two has a few words more than others have.")


@pytest.mark.parametrize(
    "extra",
    [
        "<script>var token = 'f81d'</script>",
        '<input type="hidden" name="csrf" value="f81d">',
        "<!-- rendered in 12 ms -->",
        "<style>p {color: red}</style><noscript>Please</noscript>",
        '<div class="ad-slot top">Buy this</div>',
        '<div id="cookie-notice"><p>We care</p></div>',
        '<section class="most-read"><p>1. A storm</p></section>',
        '<p hidden>Paid</p><p style="display: none">Paid</p><div aria-hidden="true">x</div>',
        '<nav>Home</nav><aside>Beside</aside><footer>Rights</footer><div role="navigation">y</div>',
        "<header><a href=/>Site</a> <span>Fri 27 Nov, 4 degrees</span></header>",
        '<p><a href="/other">Another story</a></p><li><a href=z>A third</a>,</li>',
        "<p>3 hours ago</p><time>27 Nov 2026, 10:15 GMT</time><div>12 comments</div><div>1.2K shares</div>",
    ],
)
def test_what_changes_without_the_article_is_not_seen(extra: str) -> None:
    assert lines(page(ARTICLE + extra)) == lines(page(extra + ARTICLE)) == lines(page(ARTICLE))


def test_the_article_is_seen_whatever_its_holder_is_called() -> None:
    text = "".join(f"<p>Paragraph {letter} of the text.</p>" for letter in "abcdef")
    for name in ("ad-free", "newsletter-post", "related"):
        assert len(lines(page(f'<h1>Head</h1><div class="{name}">{text}</div><p>End.</p>'))) == 8
    assert "Head" in lines(page(f'<div class="ads"><h1>Head</h1></div>{text}'))
    assert "Head" in lines(page(f"<header><h1><a href=/x>Head</a></h1></header>{text}"))


@pytest.mark.parametrize(
    "line",
    [
        "just now", "Updated 5 minutes ago", "27 November 2026", "10:15", "Fri, 27 Nov 2026 10:15 GMT", "•",
        "vor 3 Stunden", "il y a 2 heures", "hace 5 minutos", "3小时前", "2026年11月27日", "5 минут назад",
        "12 comments", "4.5K views",
    ],
)  # fmt: skip
def test_times_and_counts_pass(line: str) -> None:
    assert passing(line)


@pytest.mark.parametrize(
    "line", ["12 dead", "Now", "Eight", "3 hours of talks", "May resigns", "The last day"]
)
def test_other_lines_do_not(line: str) -> None:
    assert passing(line) == (line == "Now")


def test_pages_without_text_show_none() -> None:
    assert [lines(html) for html in ("", "<", page("<script>x</script>", "")[:30], "<!-- -->")] == [()] * 4
    assert lines("plain text") == ("plain text",)


@given(st.text())
def test_anything_is_read(html: str) -> None:
    found = lines(html)
    assert len(set(found)) == len(found)


def test_a_page_built_to_be_slow_is_not() -> None:
    began = time.process_time()
    lines("<div class=ad>" * 5000 + "x" * 100_000)
    lines(page("".join(f"<p class='ad'>{number} things<p>" for number in range(20_000))))
    forward = [str(number) for number in range(50_000)]
    assert len(difference(forward, forward[::-1])) == 2
    assert time.process_time() - began < 5


LINES = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(LINES, LINES)
def test_a_difference_leads_from_one_to_the_other(old: list[str], new: list[str]) -> None:
    hunks = difference(old, new)
    assert (hunks == ()) == (old == new)
    made = [line for line in old if line not in {each for hunk in hunks for each in hunk.removed}]
    for hunk in hunks:
        assert set(hunk.removed) <= set(old)
        assert set(hunk.added) <= set(new)
        at = made.index(hunk.before) + 1 if hunk.before else 0
        made[at:at] = hunk.added
    assert made == new


def test_an_edit_is_told_with_the_line_before_it() -> None:
    assert difference(["Head", "One.", "Two.", "Three."], ["Head", "One.", "Zwei.", "Three.", "Four."]) == (
        Hunk(before="One.", removed=("Two.",), added=("Zwei.",)),
        Hunk(before="Three.", added=("Four.",)),
    )


@given(
    st.lists(st.builds(Hunk, before=st.text(max_size=9), added=st.lists(st.text(max_size=9)).map(tuple))),
    st.integers(1, 99),
)
def test_a_long_difference_is_cut_and_says_so(hunks: list[Hunk], most: int) -> None:
    kept = bounded(hunks, most)
    size = sum(len(line) for hunk in kept for line in (hunk.before, *hunk.removed, *hunk.added))
    assert size <= most
    assert (list(kept) == hunks) == (not any(hunk.cut for hunk in kept))
    assert all(not hunk.cut for hunk in kept[:-1])
