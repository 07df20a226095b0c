"""Alerts as an Atom feed (RFC 4287) and as a JSON Feed (version 1.1). Pure."""

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from schemas.events import Alert
from services.kit.feeds import ATOM as ATOM_TYPE
from services.kit.feeds import JSON as JSON_TYPE
from services.kit.feeds import feed_url
from services.kit.urls import outward

ATOM = "http://www.w3.org/2005/Atom"
# What XML 1.0 cannot hold, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_ALERT_YET = "1970-01-01T00:00:00Z"


def alerts_feed(
    alerts: Sequence[Alert],
    console_url: str,
    subscription: str | None = None,
    name: str = "",
    hub: str = "",
) -> bytes:
    """The feed of all alerts, or of one subscription's; `alerts` newest first. Equal alerts, equal bytes.
    `hub`: the WebSub hub that is told of new ones.
    """
    home = console_url.rstrip("/")
    feed = ET.Element("feed", {"xmlns": ATOM})
    _add(feed, "id", "urn:newswatch:alerts" + (f":{subscription}" if subscription else ""))
    _add(feed, "title", _title(subscription, name))
    _add(feed, "updated", _stamp(alerts[0]) if alerts else _NO_ALERT_YET)
    _add(feed, "link", rel="self", type=ATOM_TYPE, href=feed_url(home, ATOM_TYPE, subscription))
    _add(feed, "link", rel="alternate", type="text/html", href=f"{home}/alerts")
    _add(feed, "link", rel="alternate", type=JSON_TYPE, href=feed_url(home, JSON_TYPE, subscription))
    if hub:
        _add(feed, "link", rel="hub", href=hub)
    _add(feed, "generator", "newswatch")
    _add(_add(feed, "author"), "name", "newswatch")
    for alert in alerts:
        feed.append(_entry(alert, home))
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


def json_feed(
    alerts: Sequence[Alert],
    console_url: str,
    subscription: str | None = None,
    name: str = "",
    hub: str = "",
) -> bytes:
    """The same as a JSON Feed."""
    home = console_url.rstrip("/")
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(subscription, name),
        "home_page_url": f"{home}/alerts",
        "feed_url": feed_url(home, JSON_TYPE, subscription),
    }
    if hub:
        feed["hubs"] = [{"type": "WebSub", "url": hub}]
    feed["items"] = [_item(alert, home) for alert in alerts]
    return json.dumps(feed, ensure_ascii=False).encode("utf-8", "replace")


def _item(alert: Alert, home: str) -> dict[str, Any]:
    source = alert.source_name or alert.source
    item: dict[str, Any] = {
        "id": f"urn:newswatch:alert:{alert.id}",
        "url": f"{home}/alerts/{quote(alert.id)}",
        "title": alert.summary or alert.title,
        "content_text": _told(alert, source),
        "date_published": _stamp(alert),
        "authors": [{"name": source or "unknown source"}],
        "tags": [alert.subscription_name, *([alert.event.type] if alert.event else [])],
    }
    if outward(alert.url):
        item["external_url"] = alert.url
    if alert.language:
        item["language"] = alert.language
    return item


def _title(subscription: str | None, name: str) -> str:
    return f"newswatch alerts: {name or subscription}" if subscription else "newswatch alerts"


def _told(alert: Alert, source: str) -> str:
    """The report and the sentences in which the evidence stands."""
    quotes = [each.text for each in alert.quotes] or [
        " … ".join(span.text for span in alert.evidence if span.text)
    ]
    lines = [f"{source}: {alert.title}" if source else alert.title, *(f"“{text}”" for text in quotes if text)]
    return "\n".join(line for line in lines if line)


def _entry(alert: Alert, home: str) -> ET.Element:
    entry = ET.Element("entry")
    _add(entry, "id", f"urn:newswatch:alert:{alert.id}")
    _add(entry, "title", alert.summary or alert.title)
    _add(entry, "updated", _stamp(alert))
    _add(entry, "published", _stamp(alert))
    _add(entry, "link", rel="alternate", type="text/html", href=f"{home}/alerts/{quote(alert.id)}")
    if outward(alert.url):
        _add(entry, "link", rel="via", type="text/html", href=alert.url)
    source = alert.source_name or alert.source
    _add(_add(entry, "author"), "name", source or "unknown source")
    _add(entry, "category", term=alert.subscription, label=alert.subscription_name)
    if alert.event is not None:
        _add(entry, "category", term=alert.event.type)
    _add(entry, "summary", _told(alert, source), type="text")
    return entry


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, {name: _writable(value) for name, value in attributes.items()})
    element.text = _writable(text) or None
    return element


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("", text)


def _stamp(alert: Alert) -> str:
    return alert.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
