"""The console as a person meets it: in a browser, with and without JavaScript."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from schemas.events import Alert, Channel, Digest, Quote, QuoteMark, Silence, Subscription, ThreadedArticle
from services.kit.query import parse
from services.kit.telling import thread_id
from services.kit.text import fold_tokens
from services.store.embedded.store import EmbeddedStore
from tests.harness import RunningConsole

# The browser's own Notification, which keeps what was asked of it and what became of that.
WITNESS = """
  window.notified = [];
  window.Notification = class extends window.Notification {
    constructor(title, options) {
      super(title, options);
      const told = { title, body: options.body, tag: options.tag, shown: false };
      this.addEventListener("show", () => { told.shown = true; });
      this.addEventListener("error", () => { told.failed = true; });
      window.notified.push(told);
      window.newest = this;
    }
  };
"""
TEXT = "The alliance met today. It will expel eight members of the mission."


expect.set_options(timeout=15_000)


@pytest.fixture
def context(browser: Browser, console: RunningConsole) -> Iterator[BrowserContext]:
    opened = browser.new_context(base_url=console.address)
    yield opened
    opened.close()


def article(id: str, **fields: Any) -> ThreadedArticle:
    now = datetime.now(UTC)
    return ThreadedArticle.model_validate(
        {
            "id": id,
            "capture_id": id,
            "revision": 1,
            "url": f"https://sample.example/{id}",
            "canonical_url": f"https://sample.example/{id}",
            "source_name": "The Sample",
            "fetched_at": now,
            "first_seen": now,
            "title": f"Alliance expels eight, {id}",
            "text": TEXT,
            "title_tokens": fold_tokens(f"Alliance expels eight, {id}"),
            "text_tokens": fold_tokens(TEXT),
            "language": "en",
            "story": "s",
            "relation": "new",
            **fields,
        }
    )


def alert(id: str, subscription: str = "desk", **fields: Any) -> Alert:
    now = datetime.now(UTC)
    return Alert.model_validate(
        {
            "id": id,
            "subscription": subscription,
            "subscription_name": subscription.title(),
            "query": "alliance",
            "story": "s",
            "thread": thread_id(subscription, "s"),
            "article_id": "a",
            "capture_id": "c",
            "title": "Alliance expels eight",
            "url": "https://sample.example/a",
            "source_name": "The Sample",
            "fetched_at": now,
            "created_at": now,
            "summary": f"NATO expelled 8 diplomats of Russia ({id})",
            "quotes": (Quote(text="It will expel eight members.", marks=(QuoteMark(start=8, end=19),)),),
            "deliver": (Channel(kind="webhook", url="https://hook.example/x"),),
            **fields,
        }
    )


def subscription(id: str = "desk", **fields: Any) -> Subscription:
    return Subscription.model_validate({"id": id, "name": id.title(), "query": "alliance", **fields})


def listening(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#live-words")).to_have_text("Live")


def wait(page: Page, condition: Callable[[], bool]) -> None:
    """What Playwright has for it evaluates text, which our pages' policy forbids."""
    for _ in range(150):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come about within 15 s")


def notified(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("window.notified")
    return found


def test_an_alert_is_notified_once_by_the_browser_and_leads_to_its_page(
    context: BrowserContext, console: RunningConsole, store: EmbeddedStore
) -> None:
    store.put_subscription(subscription())
    store.record_matches([alert("before")], [])
    context.grant_permissions(["notifications"], origin=console.address)
    context.add_init_script(WITNESS)
    page = context.new_page()
    listening(page)
    button = page.locator("#notify")
    expect(button).to_have_text("Notify me here")
    store.record_matches([alert("unasked")], [])
    expect(page.locator("#alerts li")).to_have_count(2)
    button.click()
    expect(button).to_have_text("Notifications are on")
    expect(button).to_have_attribute("aria-pressed", "true")
    store.record_matches([alert("m1")], [])
    wait(page, lambda: any(each["shown"] for each in notified(page)))
    (told,) = notified(page)
    assert told == {
        "title": "NATO expelled 8 diplomats of Russia (m1)",
        "body": "Desk · The Sample",
        "tag": "m1",
        "shown": True,
    }
    # What is there when the page is opened again is not told again, what comes at once is.
    listening(page)
    store.record_matches([alert("m2")], [])
    wait(page, lambda: bool(notified(page)))
    assert [each["tag"] for each in notified(page)] == ["m2"]
    with page.expect_navigation(url="**/alerts/m2"):
        page.evaluate("window.newest.dispatchEvent(new Event('click'))")
    expect(page.locator("h1")).to_have_text("NATO expelled 8 diplomats of Russia (m2)")
    page.goto("/")
    button.click()
    expect(button).to_have_text("Notify me here")
    store.record_matches([alert("m3")], [])
    expect(page.locator("#alerts li").first).to_have_attribute("data-id", "m3")
    assert notified(page) == []


def test_nobody_is_called_to_history_silences_quiet_hours_and_digests(
    context: BrowserContext, console: RunningConsole, store: EmbeddedStore
) -> None:
    now = datetime.now(UTC)
    hours = {"start": f"{now - timedelta(hours=2):%H:%M}", "end": f"{now + timedelta(hours=2):%H:%M}"}
    store.put_subscriptions(
        [
            subscription(),
            subscription("asleep", quiet=hours),
            subscription("urgent", quiet=hours, priority="urgent"),
            subscription("daily", digest=Digest(every="day")),
            subscription("hushed"),
        ]
    )
    store.put_silence(Silence(id="drill", reason="exercise", created_at=now, subscription="hushed"))
    context.grant_permissions(["notifications"], origin=console.address)
    context.add_init_script(WITNESS + "localStorage.setItem('notify', 'on');")
    page = context.new_page()
    listening(page)
    for made in (
        alert("history", backfill=True),
        alert("asleep", "asleep"),
        alert("daily", "daily"),
        alert("hushed", "hushed"),
        alert("urgent", "urgent"),
        alert("last"),
    ):
        store.record_matches([made], [])
    expect(page.locator("#alerts li")).to_have_count(6)
    wait(page, lambda: len(notified(page)) > 1)
    assert [each["tag"] for each in notified(page)] == ["urgent", "last"]


def test_a_browser_that_blocks_notifications_is_told_of(browser: Browser, console: RunningConsole) -> None:
    # Without a permission that was granted, a browser without a screen denies it.
    with browser.new_context(base_url=console.address) as context:
        page = context.new_page()
        listening(page)
        page.locator("#notify").click()
        expect(page.locator("#notify")).to_have_text("The browser blocks notifications of this page")


def filled(store: EmbeddedStore) -> None:
    store.put_articles([article("a"), article("b", relation="follow-up", source_name="The Courier")])
    store.put_subscription(subscription(labels={"desk": "eu"}))
    store.record_matches([alert("m1"), alert("m2", news="count")], [])
    ended = datetime.now(UTC) - timedelta(hours=1)
    store.put_silence(Silence(id="over", reason="done", created_at=ended, ends_at=ended, story="t"))
    store.put_silence(Silence(id="drill", reason="exercise", created_at=ended, labels={"desk": "us"}))


PAGES = (
    *("/", "/alerts", "/alerts/m1", "/threads", "/threads/desk/s", "/stories/s", "/articles/a"),
    *("/search?q=alliance", "/subscriptions", "/subscriptions/desk", "/silences", "/why", "/why?what=m1"),
    *("/why?what=https%3A%2F%2Fnowhere.example%2Fx", "/dead", "/services"),
)
# What a screen reader needs: one main heading, no level left out, a name for every control, a language.
AMISS = """() => {
  const amiss = [];
  const headings = [...document.querySelectorAll("h1, h2, h3, h4")].map((each) => Number(each.tagName[1]));
  const deeper = (level, at) => at > 0 && level > headings[at - 1] + 1;
  if (headings.filter((level) => level === 1).length !== 1) amiss.push(`h1: ${headings}`);
  if (headings.some(deeper)) amiss.push(`levels: ${headings}`);
  const named = (each) => each.labels?.length || each.getAttribute("aria-label") || each.textContent.trim();
  for (const each of document.querySelectorAll("input, select, textarea, button, a[href]")) {
    if (!named(each)) amiss.push(`no name: ${each.outerHTML}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  if (new Set(ids).size !== ids.length) amiss.push(`ids: ${ids}`);
  const root = document.documentElement;
  if (root.lang !== "en") amiss.push("no language");
  if (root.scrollWidth > root.clientWidth) amiss.push("wider than the screen");
  return amiss;
}"""


@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_sound_on_a_desk_and_on_a_telephone(
    context: BrowserContext, store: EmbeddedStore, width: int
) -> None:
    filled(store)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in PAGES:
        said.clear()
        answer = page.goto(path, wait_until="domcontentloaded")
        assert answer is not None
        refused = answer.status == 422  # a question that cannot be answered is told so by its status, too
        assert refused or answer.ok, path
        assert page.evaluate(AMISS) == [], path
        assert [line for line in said if not (refused and "422" in line)] == [], path


def test_silences_are_made_and_ended_without_javascript(
    browser: Browser, console: RunningConsole, store: EmbeddedStore
) -> None:
    filled(store)
    with browser.new_context(base_url=console.address, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/threads/desk/s")
        expect(page.locator("mark").first).to_have_text("expel eight")
        page.get_by_role("link", name="tell no more of it").click()
        expect(page.locator("#story")).to_have_value("s")
        page.locator("#reason").fill("enough of it")
        page.locator("#for").fill("3d")
        page.get_by_role("button", name="Keep quiet").click()
        made = page.locator("li", has_text="enough of it")
        expect(made).to_contain_text("story s")
        expect(made).to_contain_text("subscription desk")
        page.goto("/threads/desk/s")
        expect(page.locator(".state").first).to_have_text("closed")
        expect(page.locator(".life")).to_contain_text("closed by the silence enough-of-it: enough of it")
        page.goto("/silences")
        made.get_by_role("button", name="End it now").click()
        expect(page.get_by_text("Over (2)")).to_be_visible()
        page.goto("/threads/desk/s")
        expect(page.locator(".state").first).to_have_text("updated")


def test_ending_a_silence_is_asked_twice_where_there_is_javascript(
    context: BrowserContext, store: EmbeddedStore
) -> None:
    filled(store)
    page = context.new_page()
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", refuse)
    page.goto("/silences")
    page.get_by_role("button", name="End it now").click()
    assert asked == ["Deliver again what “drill” keeps quiet?"]
    assert {each.id: each.ends_at is None for each in store.silences()} == {"drill": True, "over": False}
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="End it now").click()
    expect(page.get_by_text("Over (2)")).to_be_visible()


def test_news_arrive_in_an_open_page_and_a_key_leads_to_the_search(
    context: BrowserContext, store: EmbeddedStore
) -> None:
    page = context.new_page()
    listening(page)
    store.put_articles([article("a", title="<b>Alliance</b> expels eight")])
    expect(page.locator("#articles li")).to_have_count(1)
    expect(page.locator("#articles .headline")).to_have_text("<b>Alliance</b> expels eight")
    wait(page, lambda: store.search(parse("alliance")).total == 1)
    page.keyboard.press("/")
    page.keyboard.type("alliance")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=alliance")
    expect(page.locator("main .rows li")).to_have_count(1)
