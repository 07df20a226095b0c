import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cleaner.extract.article import extract
from services.cleaner.extract.state import state_markup

TITLE = "Norway expels eight Russian diplomats"
BODY = [
    "The ministry in Oslo said on Monday that the eight had to leave by the end of the week.",
    "Their conduct, it went on, did not fit what they had been accredited for; no names were given.",
    "An answer in kind is expected before the talks on the northern border begin again.",
]
OTHER = " ".join(["Otters have come back to the rivers of the north after forty years, keepers say."] * 9)
MARKUP = "".join(f"<p>{paragraph}</p>" for paragraph in BODY)
RELATED = [{"title": "Otters return", "url": "/otters", "content": OTHER}]


def state(article: object) -> str:
    return json.dumps({"props": {"related": RELATED, "menu": ["Home"] * 90, "page": {"article": article}}})


def page(scripts: str) -> str:
    return (
        f"<html><head><title>{TITLE} | Courier</title></head><body><nav>Home</nav><div id=root></div>"
        f"{scripts}<footer>All rights reserved</footer></body></html>"
    )


def streamed(data: str) -> str:
    rows = f"1:[]\n2:{data}\n"
    pieces = [rows[:300], rows[300:]]
    return "".join(f"<script>self.__next_f.push({json.dumps([1, piece])})</script>" for piece in pieces)


OF_MARKUP = state({"headline": TITLE, "body": MARKUP, "related": RELATED})
OF_ITEMS = state(
    {
        "headlines": {"basic": TITLE},
        "content_elements": [
            {"type": "text", "content": BODY[0]},
            {"type": "interstitial_link", "url": "/otters", "title": "Otters return", "content": OTHER},
            *({"type": "text", "content": paragraph} for paragraph in BODY[1:]),
        ],
    }
)
OF_TREE = state(
    {
        "title": TITLE,
        "document": {
            "children": [
                {"type": "paragraph", "children": [{"text": first}, {"text": rest, "bold": True}]}
                for first, rest in ((paragraph[:40], paragraph[40:]) for paragraph in BODY)
            ]
        },
    }
)


@pytest.mark.parametrize("data", [OF_MARKUP, OF_ITEMS, OF_TREE], ids=["markup", "items", "tree"])
@pytest.mark.parametrize(
    "scripts",
    [
        lambda data: f'<script id="__NEXT_DATA__" type="application/json">{data}</script>',
        lambda data: f"<script>(function(){{}})();window.__INITIAL_STATE__ = {data};go()</script>",
        lambda data: f"<script>window.STORE = JSON.parse({json.dumps(data)})</script>",
        streamed,
    ],
    ids=["json", "assigned", "parsed", "streamed"],
)
def test_text_that_only_a_script_has(data: str, scripts: object) -> None:
    _, body = extract(page(scripts(data)))  # type: ignore[operator]
    assert [paragraph.text for paragraph in body] == BODY


def test_another_articles_text_is_left() -> None:
    data = json.dumps({"articles": [{"title": "Otters return to the north", "content": f"<p>{OTHER}</p>"}]})
    assert state_markup(page(f"<script>x={data}</script>"), TITLE) == ""


def test_a_page_with_its_text_keeps_it() -> None:
    long = "".join(f"<p>{paragraph} {paragraph}</p>" for paragraph in BODY)
    data = state({"title": TITLE, "body": f"<p>{OTHER}</p>"})
    html = page(f"<article><h1>{TITLE}</h1>{long}</article><script>x={data}</script>")
    assert "Otters" not in "".join(paragraph.text for paragraph in extract(html)[1])


@pytest.mark.parametrize(
    "script",
    [
        "[" * 2_000_000,
        '{"a":' * 400_000,
        ('{"a":1,' * 9) + '"b' * 500_000,
        "x={" * 500_000,
        '"' * 1_000_000,
        json.dumps({"title": TITLE, "a": [[["word and word " * 9] * 9] * 99] * 99}),
        json.dumps([{"title": TITLE, "b": ["some text here, and more"] * 9}] * 9_000),
    ],
    ids=["lists", "objects", "unended", "starts", "quotes", "nested", "many"],
)
def test_state_that_was_made_to_hurt(script: str) -> None:
    began = time.process_time()
    state_markup(page(f"<script>{script}</script>"), TITLE)
    assert time.process_time() - began < 1


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([OF_MARKUP, OF_ITEMS, OF_TREE]),
    st.floats(0, 1),
    st.integers(0, 200),
    st.text(max_size=6) | st.sampled_from(['"', "\\", "{", "]", "</script>", "\\ud800", "<script>", "null"]),
)
def test_broken_state_is_no_bug(data: str, place: float, gone: int, put: str) -> None:
    at = int(place * len(data))
    broken = data[:at] + put + data[at + gone :]
    for scripts in (f"<script>x={broken}</script>", streamed(broken)):
        extract(page(scripts))
