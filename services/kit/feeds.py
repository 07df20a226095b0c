"""Where the feeds of alerts are: the console serves them, and a WebSub hub is told of them. Pure."""

from urllib.parse import quote

ATOM = "application/atom+xml"
JSON = "application/feed+json"
_PATHS = {ATOM: "alerts.atom", JSON: "alerts.json"}


def feed_url(console: str, kind: str, subscription: str | None = None) -> str:
    """Of all alerts, or of one subscription's. `kind`: ATOM or JSON."""
    of = f"?subscription={quote(subscription, safe='')}" if subscription else ""
    return f"{console.rstrip('/')}/{_PATHS[kind]}{of}"
