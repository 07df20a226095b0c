"""What is wrong with a subscription that its model cannot know. Pure."""

import re
from zoneinfo import ZoneInfo

from schemas.events import Channel, Subscription
from services.kit.query import QueryError, parse

_WEB = re.compile(r"https?://[^\s/]+")
_LANGUAGE = re.compile(r"[a-z]{2}")
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def problems(subscription: Subscription) -> list[tuple[str, str]]:
    """Fields and what is wrong with them; empty where it may be kept."""
    found: list[tuple[str, str]] = []
    try:
        parse(subscription.query, everything=subscription.everything)
    except QueryError as error:
        found.append(("query", str(error)))
    if not _zone(subscription.zone):
        found.append(("zone", f"{subscription.zone!r} is no time zone; write one as Europe/Berlin"))
    if subscription.quiet is not None and subscription.quiet.start == subscription.quiet.end:
        found.append(("quiet", "begins and ends at one time; leave a minute at least"))
    found += [
        ("languages", f"{language!r} is no language; write two letters (ISO 639-1): de")
        for language in subscription.languages
        if not _LANGUAGE.fullmatch(language)
    ]
    if subscription.id in subscription.yields_to:
        found.append(("yields_to", "names the subscription itself: it would tell nothing"))
    found += [("deliver", problem) for channel in subscription.deliver for problem in _channel(channel)]
    return found


def _channel(channel: Channel) -> list[str]:
    if channel.kind == "webhook" and not _WEB.match(channel.url or ""):
        return [f"webhook {channel.url or ''!r}: no http(s) address"]
    if channel.kind == "named" and not _CHANNEL.fullmatch(channel.name or ""):
        return [f"channel {channel.name or ''!r}: use lower-case letters, digits and hyphens"]
    return []


def _zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
