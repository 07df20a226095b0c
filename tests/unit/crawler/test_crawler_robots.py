"""robots.txt: rules, and what happens where there are none."""

import asyncio

import pytest

from services.crawler.robots import KEPT_SECONDS, Robots, RobotsUnavailable, allowed, token

RULES = """
User-agent: *
Disallow: /private
Crawl-delay: 3

User-agent: newswatch
Disallow: /not-for-us
Allow: /not-for-us/but-this
"""
AGENT = "newswatch/0.1 (+https://newswatch.example)"


@pytest.mark.parametrize(
    ("agent", "path", "expected"),
    [
        (AGENT, "/private/x", (True, None)),
        (AGENT, "/not-for-us/x", (False, None)),
        (AGENT, "/not-for-us/but-this", (True, None)),
        ("other", "/private/x", (False, 3.0)),
        ("other", "/x", (True, 3.0)),
    ],
)
def test_rules(agent: str, path: str, expected: tuple[bool, float | None]) -> None:
    assert allowed(RULES, agent, f"https://one.example{path}") == expected


def test_token() -> None:
    assert [token(agent) for agent in (AGENT, "x", "")] == ["newswatch", "x", "*"]


class Site:
    """A site whose robots.txt can be set; counts how often it is asked."""

    def __init__(self, answer: tuple[int, str] | Exception) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def get(self, url: str) -> tuple[int, str]:
        self.asked.append(url)
        await asyncio.sleep(0)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_rules_are_fetched_once_an_hour_however_many_ask() -> None:
    site, now = Site((200, RULES)), [0.0]

    async def visit() -> None:
        robots = Robots(site.get, AGENT, lambda: now[0])
        verdicts = await asyncio.gather(
            *(robots.verdict("https://one.example:8443/not-for-us") for _ in range(5))
        )
        assert not any(verdict.allowed for verdict in verdicts)
        assert site.asked == ["https://one.example:8443/robots.txt"]
        now[0] = KEPT_SECONDS + 1
        site.answer = (404, RULES)
        assert (await robots.verdict("https://one.example:8443/not-for-us")).allowed
        assert len(site.asked) == 2

    asyncio.run(visit())


@pytest.mark.parametrize("answer", [(503, ""), (429, ""), ConnectionError("refused"), TimeoutError()])
def test_a_site_that_fails_is_left_alone_for_now(answer: tuple[int, str] | Exception) -> None:
    site, now = Site(answer), [0.0]

    async def visit() -> None:
        robots = Robots(site.get, AGENT, lambda: now[0])
        for _ in range(2):
            with pytest.raises(RobotsUnavailable, match=r"one\.example/robots\.txt"):
                await robots.verdict("https://one.example/x")
        assert len(site.asked) == 1
        now[0] = 60.0
        site.answer = (200, "")
        assert (await robots.verdict("https://one.example/x")).allowed

    asyncio.run(visit())
