"""Templates: the packaged ones, an operator's own, and those that fail, loop or swell."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown import markdown as as_html

from services.alerter.channels.rendering import Renderer, markdown
from services.alerter.channels.settings import TEMPLATES
from services.alerter.channels.templates import Templates
from services.alerter.channels.wording import line, link, view
from tests.integration.test_email import NOON, alert, told

VIEW = view(told(), "http://console.example/", NOON)
PACKAGED = Renderer().render("subject.txt", VIEW)


def rendered(folder: Path | None, name: str = "subject.txt", seen: Any = VIEW, seconds: float = 5.0) -> str:
    async def go() -> str:
        templates = Templates(folder, seconds)
        try:
            return await templates.render(name, seen)
        finally:
            await templates.close()

    return asyncio.run(go())


@pytest.mark.parametrize("name", [each.removesuffix(".j2") for each in TEMPLATES])
@pytest.mark.parametrize("kind", ["alert", "update", "digest", "summary", "test"])
def test_the_packaged_ones_render_every_kind(name: str, kind: str) -> None:
    several = [alert(id=f"a{number}") for number in range(3 if kind in {"digest", "summary"} else 1)]
    for notification in (told(*several, kind=kind), told(kind=kind).model_copy(update={"alerts": ()})):
        for console in ("", "http://console.example"):
            assert rendered(None, name, view(notification, console, NOON)).strip()


def test_an_own_template_is_used_and_may_extend_ours(tmp_path: Path) -> None:
    (tmp_path / "subject.txt.j2").write_text("{{ name }}: {% include 'default/subject.txt.j2' %}")
    assert rendered(tmp_path) == f"Diplomats expelled: {PACKAGED}"
    assert rendered(tmp_path, "mail.txt") == rendered(None, "mail.txt"), "one that is not there is ours"


@pytest.mark.parametrize(
    ("template", "cause"),
    [
        ("{{ 'x' }}\n{{ nothing.there }}", "subject.txt.j2:2: UndefinedError: 'nothing' is undefined"),
        ("a\n{% for x in %}", "subject.txt.j2:2: Expected an expression"),
        ("{{ ''.__class__.__mro__ }}", "SecurityError: access to attribute '__class__'"),
        ("{{ self._TemplateReference__context.environment }}", "SecurityError"),
        ("{{ cycler.__init__.__globals__ }}", "SecurityError"),
        ("{{ alerts.clear() }}", "SecurityError"),
        ("{% include '/etc/passwd' %}", "TemplateNotFound"),
        ("{% include '../secret' %}", "TemplateNotFound"),
        ("{{ range(10000000) | list }}", "OverflowError: Range too big"),
        ("{% for x in range(90000) %}0123456789{% endfor %}", "more than 262144 characters"),
        ("{{ 'x' * 100000000 }}", "more than 262144 characters"),
        ("{{ 'x' * 10000000000 }}", "MemoryError"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "RecursionError"),
    ],
)
def test_one_that_fails_is_told_and_ours_stands_in(
    tmp_path: Path,
    template: str,
    cause: str,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "subject.txt.j2").write_text(template)
    assert rendered(tmp_path) == PACKAGED
    said = capsys.readouterr().out + caplog.text
    assert "a template fails" in said
    assert cause in said


def test_one_without_end_is_stopped_and_the_next_message_is_well(tmp_path: Path) -> None:
    path = tmp_path / "subject.txt.j2"
    forever = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    path.write_text(f"{{% if name == 'slow' %}}{forever}{{% endif %}}{{{{ name }}}}")
    began = time.monotonic()

    async def go() -> list[str]:
        templates = Templates(tmp_path, 1.0)
        try:
            slow = await templates.render("subject.txt", {**VIEW, "name": "slow"})
            return [
                slow,
                *[await templates.render("subject.txt", {**VIEW, "name": f"n{n}"}) for n in range(3)],
            ]
        finally:
            await templates.close()

    # The next one begins a process anew: give it as long as that takes.
    slow, *others = asyncio.run(go())
    assert slow.startswith(VIEW["headline"])
    assert [each in {f"n{n}", slow.replace("slow", f"n{n}")} for n, each in enumerate(others)] == [True] * 3
    assert time.monotonic() - began < 10


def test_no_environment_is_there_to_be_stolen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", "geheim")

    async def go() -> bytes:
        templates = Templates(tmp_path)
        (tmp_path / "subject.txt.j2").write_text("fine")
        try:
            assert await templates.render("subject.txt", VIEW) == "fine"
            assert templates._process is not None
            return Path(f"/proc/{templates._process.pid}/environ").read_bytes()
        finally:
            await templates.close()

    assert b"geheim" not in asyncio.run(go())


@given(st.text(alphabet="ab*_`[]()<>#~|&\\!@.-+ 1\"':/", min_size=1, max_size=30))
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    """By a reader of Markdown: no tag comes of it, and every letter does."""
    plain = line(text)
    html = as_html(f"**x{markdown(plain)}x**")
    assert html.count("<") == 4, html  # <p><strong> … </strong></p>


def test_lines_and_links_hold_nothing_that_ends_them() -> None:
    assert line("a\r\nBcc: b\x00\u202ec\u2066 \ud800 d\u200de") == "a Bcc: bc d\u200de"
    assert len(line("x" * 5000)) == 500
    assert link("javascript:alert(1)") is None
    assert link("https://x.example/a b\"<>'\n)") == "https://x.example/a%20b%22%3C%3E%27%0A)"
