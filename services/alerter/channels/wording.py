"""A notification in words, as plain values for templates. Pure.

Whatever an article says is one line of printable text here: it cannot end a line, turn the direction of what
follows, or bring control characters along.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from schemas.events import Alert, Context, Notification, Quote, Reported
from services.kit.urls import outward

MOST_SHOWN = 50  # alerts of a digest; the console has the others
LONGEST = 500  # characters of a title or name
NEWS = {"event": "another event", "count": "another number", "status": "another stage", "answer": "an answer"}
_UNLINKED = re.compile(r"[\s\"'<>\\^`{|}\x00-\x20\x7f]")
# Categories: control, format (which turns directions, among others), surrogate, private, unassigned.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_JOINERS = frozenset("\u200c\u200d")  # Persian and emoji are written with them

View = dict[str, Any]


def view(notification: Notification, console: str, now: datetime) -> View:
    """What templates see. `console`: where people reach it; `now`: when it is sent."""
    home = (link(console) or "").rstrip("/")
    shown = notification.alerts[:MOST_SHOWN]
    return {
        "id": notification.id,
        "kind": notification.kind,
        "subscription": notification.subscription,
        "name": line(notification.subscription_name or notification.subscription),
        "priority": notification.priority,
        "labels": {line(name): line(value) for name, value in notification.labels.items()},
        "headline": _headline(notification),
        "held": line(notification.held),
        "console": link(notification.console) or "",
        "manage": f"{home}/subscriptions" if home else "",
        "alerts": [
            _alert(alert, notification.stories.get(alert.story), home, now, notification.kind == "update")
            for alert in shown
        ],
        "more": len(notification.alerts) - len(shown),
    }


def line(text: str, longest: int = LONGEST) -> str:
    """The text in one line, without what cannot be seen."""
    kept = (
        character
        for character in text
        if character.isspace() or character in _JOINERS or unicodedata.category(character) not in _UNSEEN
    )
    seen = " ".join("".join(kept).split())
    return seen if len(seen) <= longest else f"{seen[: longest - 1].rstrip()}…"


def link(url: str) -> str | None:
    """The address, if it may be a link; nothing of it can end the link that it is put into."""
    if not url or outward(url) is None or len(url) > 2000:
        return None
    return _UNLINKED.sub(lambda found: quote(found[0], safe=""), url)


def clock(moment: datetime, now: datetime) -> str:
    """14:02 UTC; with the date where that is another."""
    words = f"{moment:%H:%M} UTC"
    return words if moment.date() == now.date() else f"{moment.day} {moment:%b %Y}, {words}"


def lasted(seconds: float) -> str:
    """A length of time in words, roughly."""
    if seconds < 60:
        return f"{max(0, round(seconds))} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86400:.0f} days"


def _headline(notification: Notification) -> str:
    if not notification.alerts:
        return "A test of this channel" if notification.kind == "test" else "Nothing to tell"
    newest = notification.alerts[-1]
    told = line(newest.summary or newest.title, 200)
    if notification.kind == "test":
        return f"Test: {told}"
    if len(notification.alerts) > 1:
        return f"{len(notification.alerts)} alerts, the latest: {told}"
    return f"Update: {told}" if notification.kind == "update" else told


def _alert(alert: Alert, known: Context | None, home: str, now: datetime, update: bool) -> View:
    summary = line(alert.summary or alert.title)
    title = line(alert.title)
    outlet = line(alert.source_name or alert.source) or "an unnamed outlet"
    told_at = alert.published_at or alert.fetched_at
    first = known.first if known else None
    return {
        "id": alert.id,
        "summary": summary,
        "title": "" if title == summary else title,
        "outlet": outlet,
        "language": alert.language or "",
        "url": link(alert.url) or "",
        "console": f"{home}/alerts/{quote(alert.id, safe='')}" if home else "",
        "news": NEWS.get(alert.news, "") if update else "",
        "first": _reported(first, now) if first else None,
        "is_first": first is None or first.article == alert.article_id,
        "confirmed": known.outlets - 1 if known else 0,
        "confirming": [line(name) for name in known.confirming] if known else [],
        "copies": known.copies if known else 0,
        "quotes": [_pieces(each) for each in alert.quotes] or _bare(alert),
        "answers": _reported(known.answered, now) if known and known.answered else None,
        "published": clock(told_at, now),
        "known": "published" if alert.published_at else "found",
        "told": clock(now, now),
        "latency": lasted((now - told_at).total_seconds()),
    }


def _reported(report: Reported, now: datetime) -> View:
    return {
        "outlet": line(report.outlet),
        "title": line(report.title),
        "url": link(report.url) or "",
        "at": clock(report.at, now),
    }


def _pieces(found: Quote) -> list[Mapping[str, Any]]:
    """A sentence in pieces, marked or not. Blanks between pieces stay."""
    edges = sorted({0, len(found.text), *(each for mark in found.marks for each in (mark.start, mark.end))})
    pieces: list[Mapping[str, Any]] = []
    for start, end in pairwise(edges):
        text = found.text[start:end]
        marked = any(mark.start <= start and end <= mark.end for mark in found.marks)
        before = " " if text[:1].isspace() else ""
        after = " " if text[-1:].isspace() and text.strip() else ""
        pieces.append({"text": f"{before}{line(text, 2 * LONGEST)}{after}", "marked": marked})
    return [piece for piece in pieces if piece["text"]]


def _bare(alert: Alert) -> list[list[Mapping[str, Any]]]:
    texts = [line(span.text) for span in alert.evidence if span.text.strip()]
    return [[{"text": text, "marked": True}] for text in dict.fromkeys(texts[:3])]
