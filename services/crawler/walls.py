"""Is an answer the page that was asked for, or a wall in front of it? Many walls say 200. Pure.

Told only where it is plain: by an address that speaks, by a header that is sent with walls alone, or by the
page itself, as services.kit.walls tells it.
"""

import re
from urllib.parse import urlsplit

from services.crawler.core import Response, decoded
from services.kit import wall_marks as marks
from services.kit.walls import Kind, Wall, wall_of

REFUSALS = frozenset({401, 402, 403, 405, 406, 429, 451, 503})
HTML = frozenset({"text/html", "application/xhtml+xml", ""})

BY_ADDRESS: tuple[tuple[Kind, re.Pattern[str], re.Pattern[str] | None], ...] = (
    ("consent", marks.CONSENT_PATH, marks.CONSENT_HOST),
    ("login", marks.LOGIN_PATH, marks.LOGIN_HOST),
    ("challenge", marks.CHALLENGE_PATH, None),
)


def wall(asked: str, response: Response) -> Wall | None:
    """The wall that the answer is; `asked` is the address that was asked for, before redirects."""
    found = _by_headers(response) or _by_address(asked, response.url)
    if found is None and (response.status == 200 or response.status in REFUSALS):
        found = _by_body(response)
    return found


def _by_headers(response: Response) -> Wall | None:
    if "challenge" in response.header("cf-mitigated").lower():
        return Wall("challenge", "a test by Cloudflare (cf-mitigated)")
    if response.header("x-amzn-waf-action").lower() in {"challenge", "captcha"}:
        return Wall("challenge", "a test by AWS WAF (x-amzn-waf-action)")
    if response.status not in REFUSALS:
        return None
    server = response.header("server").lower()
    if response.header("x-datadome") or response.header("x-dd-b"):
        return Wall("challenge", f"HTTP {response.status} by DataDome")
    if response.header("x-sucuri-block") or (response.status == 403 and "sucuri" in server):
        return Wall("denied", f"HTTP {response.status} by Sucuri")
    if response.status == 403 and "akamaighost" in server:
        return Wall("denied", "HTTP 403 by Akamai")
    return None


def _by_address(asked: str, answered: str) -> Wall | None:
    before, after = urlsplit(asked), urlsplit(answered)
    if (before.netloc.lower(), before.path) == (after.netloc.lower(), after.path):
        return None
    for kind, path, host in BY_ADDRESS:
        if _leads(path, before.path, after.path) or (
            host is not None and _leads(host, before.hostname or "", after.hostname or "")
        ):
            return Wall(kind, f"redirected to {after.netloc}{after.path}"[:200])
    home = marks.HOME_PATH
    if (
        not after.query
        and home.fullmatch(after.path)
        and not (home.fullmatch(before.path) and not before.query)
    ):
        return Wall("home", f"redirected to the home page {answered}"[:200])
    return None


def _leads(to: re.Pattern[str], before: str, after: str) -> bool:
    return to.search(after) is not None and to.search(before) is None


def _by_body(response: Response) -> Wall | None:
    told = response.status == 200
    if not response.content.strip():
        return Wall("empty", "nothing came") if told else None
    return wall_of(decoded(response), told) if response.media_type in HTML else None
