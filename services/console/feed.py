"""Alerts as an Atom feed (RFC 4287). Pure."""

import re
from collections.abc import Sequence
from urllib.parse import quote
from xml.etree import ElementTree as ET

from schemas.events import Alert
from services.kit.urls import outward

ATOM = "http://www.w3.org/2005/Atom"
# What XML 1.0 cannot hold, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_ALERT_YET = "1970-01-01T00:00:00Z"


def alerts_feed(
    alerts: Sequence[Alert], console_url: str, subscription: str | None = None, name: str = ""
) -> bytes:
    """The feed of all alerts, or of one subscription's; `alerts` newest first. Equal alerts, equal bytes."""
    home = console_url.rstrip("/")
    own = f"{home}/alerts.atom" + (f"?subscription={quote(subscription)}" if subscription else "")
    feed = ET.Element("feed", {"xmlns": ATOM})
    _add(feed, "id", "urn:newswatch:alerts" + (f":{subscription}" if subscription else ""))
    _add(feed, "title", f"newswatch alerts: {name or subscription}" if subscription else "newswatch alerts")
    _add(feed, "updated", _stamp(alerts[0]) if alerts else _NO_ALERT_YET)
    _add(feed, "link", rel="self", type="application/atom+xml", href=own)
    _add(feed, "link", rel="alternate", type="text/html", href=f"{home}/alerts")
    _add(feed, "generator", "newswatch")
    _add(_add(feed, "author"), "name", "newswatch")
    for alert in alerts:
        feed.append(_entry(alert, home))
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


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
    quotes = " … ".join(span.text for span in alert.evidence if span.text)
    lines = [f"{source}: {alert.title}" if source else alert.title, f"“{quotes}”" if quotes else ""]
    _add(entry, "summary", "\n".join(line for line in lines if line), type="text")
    return entry


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, {name: _writable(value) for name, value in attributes.items()})
    element.text = _writable(text) or None
    return element


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("", text)


def _stamp(alert: Alert) -> str:
    return alert.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
