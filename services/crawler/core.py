"""What the crawler decides: what to fetch and when, how bytes become text, what a capture is. Pure."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from charset_normalizer import from_bytes

from schemas.events import DeadLetter, Hunk, Previous, RawPage
from schemas.topics import RAW
from services.crawler.charsets import byte_order, charset_named, codec
from services.crawler.discovery import Entry, Feed, parse_feed
from services.crawler.sources import Source
from services.kit import urls
from services.kit.clock import milliseconds
from services.kit.step import ARCHIVE_HEADER, CAPTURE_HEADER, encode

# Seconds until a page that could not be fetched is tried again; after the last it is given up.
PAGE_RETRIES = (2.0, 10.0, 60.0, 300.0)
# Seconds after its first capture at which a page is looked at again: it may be edited, or gone.
REVISITS = (3600.0, 6 * 3600.0, 24 * 3600.0)
LONGEST_FEED_PAUSE = 3600.0
LONGEST_RETRY_AFTER = 3600.0
ENTRIES_AT_ONCE = 100
SITEMAP_SPAN = timedelta(days=3)
SITEMAP_FIRST = timedelta(days=1)
SITEMAP_ENDS = 1000  # entries without a date, at either end
PAGE_TYPES = frozenset(
    {"text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml", ""}
)
META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)|<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it came: `body` as it was sent, `content` with its content coding undone.

    `truncated` says that it was longer than allowed and that the rest was not read. `moved_to` is the address
    that answered, where every redirect on the way to it is for good; empty where there was none. `sent`: the
    headers of the request; `peer`: the IP address that answered; `took`: seconds from the request to the last
    byte.
    """

    url: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    content: bytes
    fetched_at: datetime
    truncated: bool = False
    sent: tuple[tuple[str, str], ...] = ()
    peer: str = ""
    took: float = 0.0
    moved_to: str = ""

    def header(self, name: str) -> str:
        """The first header of that name; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def media_type(self) -> str:
        return self.header("content-type").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Lead:
    """A page to fetch. `url` is its canonical address, `address` the one that the feed gave. With a `step`
    it was captured before, at `since`, and is looked at again, if by `etag` or `modified` it has changed.
    """

    url: str
    address: str
    feed: str
    source: str
    title: str
    published: datetime | None
    discovered: datetime
    attempts: int = 0
    due: float = 0.0
    step: int = 0
    since: float = 0.0
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Revisit:
    """A page to look at again: for the `step`th time, `due` and `since` (its capture) in seconds since 1970.
    `etag` and `modified` are those of its last answer.
    """

    canonical: str
    address: str
    feed: str
    source: str
    title: str
    published: datetime | None
    step: int
    since: float
    due: float
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """The last capture of a canonical address, and whether the page was gone then."""

    first_seen: datetime
    revision: int
    digest: str
    archive: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer as text, with its canonical address, the sha256 of its bytes in hex, and the character set
    that it was read as.
    """

    canonical: str
    html: str
    digest: str
    charset: str = ""


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture before it is archived. `same` says that the last capture has the same bytes."""

    id: str
    canonical: str
    html: str
    digest: str
    first_seen: datetime
    revision: int
    same: bool
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message for the outbox."""

    topic: str
    key: str
    capture: str
    archive: str
    value: bytes
    fetched_at: datetime

    def headers(self) -> dict[str, str]:
        return {CAPTURE_HEADER: self.capture, ARCHIVE_HEADER: self.archive}


# Discovery


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make of a document: `entries` to remember, those `wanted` if they are new. `by_address`: that
    an entry changes says nothing, as where whole sitemaps are dated anew or headlines are tried out.
    """

    entries: tuple[Entry, ...]
    wanted: tuple[Entry, ...]
    by_address: bool = False


def plan(kind: str, feed: Feed, known: bool, now: datetime) -> Plan:
    """For the document of a way of that kind; `known`: it was read before. The first look at a feed brings
    its newest entries, that at a page or a sitemap without dates only teaches what is old. An address that
    is named twice counts as it was named first.
    """
    by_address = {entry.url: entry for entry in reversed(feed.entries)}
    feed = replace(feed, entries=tuple(entry for entry in feed.entries if by_address[entry.url] is entry))
    if kind == "section":
        return Plan(feed.entries, feed.entries if known else (), by_address=True)
    if feed.kind == "sitemap":
        return _sitemap_plan(feed, known, now)
    return Plan(feed.entries, newest(feed, len(feed.entries) if known else ENTRIES_AT_ONCE))


def _sitemap_plan(feed: Feed, known: bool, now: datetime) -> Plan:
    """Archives of a site: what is not recent, or stands in the middle without a date, is left alone."""
    dated = [entry for entry in feed.entries if entry.published or entry.updated]
    undated = [entry for entry in feed.entries if not (entry.published or entry.updated)]
    recent = [entry for entry in dated if _told(entry) >= now - SITEMAP_SPAN]
    ends = undated if len(undated) <= 2 * SITEMAP_ENDS else undated[:SITEMAP_ENDS] + undated[-SITEMAP_ENDS:]
    entries = (*sorted(recent, key=_told), *ends)
    fresh = [entry for entry in recent if _told(entry) >= now - SITEMAP_FIRST]
    first = newest(Feed(feed.kind, tuple(fresh)))
    return Plan(entries, entries if known else first, by_address=True)


def watched_before(kept: int, listed: int) -> bool:
    """Whether a way that is new to this crawler was another's before: the store has half of what it lists.
    What the store does not have is then new.
    """
    return listed > 0 and 2 * kept >= listed


def newest_children(index: Feed, count: int) -> tuple[str, ...]:
    """The sitemaps of an index that are worth watching: those changed last; where it does not say, those
    whose address speaks of news, the first and the last.
    """
    dates = dict(zip(index.children, index.child_dates, strict=False))
    dated = sorted((url for url in index.children if dates.get(url)), key=lambda url: str(dates[url]))
    if dated:
        return tuple(reversed(dated))[:count]
    speaking = [url for url in index.children if "news" in urlsplit(url).path.lower()]
    ends = [*index.children[:1], *index.children[-1:], *index.children]
    return tuple(dict.fromkeys([*speaking, *ends]))[:count]


def fingerprint(entry: Entry, by_address: bool = False) -> str:
    """What changes when a feed says that a page has changed: its title or its date."""
    if by_address:
        return "listed"
    moment = entry.updated or entry.published
    return hashlib.sha256(f"{entry.title}\0{moment.isoformat() if moment else ''}".encode()).hexdigest()


def worth_fetching(
    entry: Entry, known: str | None, fetched: datetime | None, by_address: bool = False
) -> bool:
    """Whether to fetch an entry, given its fingerprint as this feed gave it last and the time at which its
    page was fetched or put on the list, through whatever feed (None: never).
    """
    if by_address:
        return known is None and fetched is None
    if known is not None:
        return known != fingerprint(entry)
    return fetched is None or (entry.updated is not None and entry.updated > fetched)


def newest(feed: Feed, limit: int = ENTRIES_AT_ONCE) -> tuple[Entry, ...]:
    """The newest entries, oldest first, so that a story is captured in the order in which it was told."""
    if all(entry.published or entry.updated for entry in feed.entries):
        ordered = sorted(feed.entries, key=_told, reverse=True)[:limit]
    else:
        ordered = list(feed.entries[:limit])  # by custom, a feed begins with the newest
    return tuple(reversed(ordered))


def _told(entry: Entry) -> datetime:
    moment = entry.updated or entry.published
    assert moment is not None
    return moment


def discover(url: str, content_type: str, body: bytes) -> dict[str, Any]:
    """A document's entries and children as plain data (dates in ISO 8601, UTC)."""
    feed = parse_feed(body, content_type, url)
    return {
        "kind": feed.kind or None,
        "entries": [
            {
                "url": entry.url,
                "title": entry.title,
                "published": entry.published.isoformat() if entry.published else None,
                "updated": entry.updated.isoformat() if entry.updated else None,
            }
            for entry in feed.entries
        ],
        "children": list(feed.children),
        "error": feed.error,
    }


def discover_line(given: Mapping[str, Any]) -> dict[str, Any]:
    """`discover` for an object with url, content_type and body_b64; ValueError says what is wrong in it."""
    try:
        body = base64.b64decode(str(given.get("body_b64", "")), validate=True)
    except binascii.Error as error:
        raise ValueError(f"body_b64 is not base64: {error}") from error
    return discover(str(given.get("url") or ""), str(given.get("content_type") or ""), body)


# Time


def feed_pause(every: float, failures: int, retry_after: float | None = None) -> float:
    """Seconds until the next look at a feed that has failed so often in a row (0: it has not)."""
    if failures == 0:
        return every
    pause = min(every * 2.0 ** min(failures, 20), max(LONGEST_FEED_PAUSE, every))
    return max(pause, min(retry_after or 0.0, LONGEST_RETRY_AFTER))


def page_pause(attempts: int, retry_after: float | None = None) -> float | None:
    """Seconds until a page is tried again after so many failed attempts; None: it is given up."""
    if attempts > len(PAGE_RETRIES):
        return None
    return max(PAGE_RETRIES[attempts - 1], min(retry_after or 0.0, LONGEST_RETRY_AFTER))


def host_delay(source_delay: float | None, default: float, robots_delay: float | None) -> float:
    """Seconds between two fetches from a host: what its robots.txt asks for, or more if we say so."""
    return max(robots_delay or 0.0, default if source_delay is None else source_delay)


def host(url: str) -> str:
    """Host and port: what shares a queue."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


# Pages


def is_page(response: Response) -> bool:
    """Whether the answer claims to be something with an article in it."""
    return response.media_type in PAGE_TYPES


def decode(body: bytes, content_type: str) -> str:
    """The page's text: by byte order mark, Content-Type, <meta charset>, or what the bytes look like.

    Never fails: what cannot be read becomes U+FFFD. NUL characters are dropped.
    """
    return decode_as(body, content_type)[0]


def decode_as(body: bytes, content_type: str) -> tuple[str, str]:
    """`decode`, and the codec by which it was done."""
    meta = META_CHARSET.search(body[:4096])
    declared = (meta.group(1) or meta.group(2)).decode("ascii") if meta else ""
    if declared.lower().startswith(("utf-16", "utf-32")):
        declared = "utf-8"  # its own declaration could not have been read as ASCII
    for name in (byte_order(body), charset_named(content_type), declared, "utf-8"):
        known = codec(name)
        if known is None:
            continue
        try:
            return _clean(body.decode(known)), known
        except UnicodeError:
            continue
    guess = from_bytes(body[:100_000]).best()
    guessed = guess.encoding if guess is not None else ""
    candidates = (charset_named(content_type), declared, guessed)
    known = next((found for name in candidates if (found := codec(name))), "utf-8")
    return _clean(body.decode(known, "replace")), known


def _clean(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\x00", "")


def decoded(response: Response) -> str:
    """The text of an answer."""
    return decode(response.content, response.header("content-type"))


def read(response: Response) -> Reading:
    """ValueError where the address that answered is none."""
    html, charset = decode_as(response.content, response.header("content-type"))
    digest = hashlib.sha256(response.content).hexdigest()
    return Reading(urls.canonical_of_page(response.url, html), html, digest, charset)


def capture(reading: Reading, id: str, fetched_at: datetime, last: Seen | None) -> Capture:
    """The capture that a reading is, given the last capture of its canonical address."""
    revision = milliseconds(fetched_at)
    first_seen, same = fetched_at, False
    if last is not None:
        revision = max(revision, last.revision + 1)
        first_seen, same = last.first_seen, last.digest == reading.digest and not last.gone
    return Capture(id, reading.canonical, reading.html, reading.digest, first_seen, revision, same)


def gone(id: str, canonical: str, html: str, at: datetime, last: Seen) -> Capture:
    """The last capture once more, of a page that was found gone."""
    revision = max(milliseconds(at), last.revision + 1)
    return Capture(id, canonical, html, last.digest, last.first_seen, revision, same=False, gone_at=at)


def first_revisit(found: Capture, response: Response, lead: Lead, source: Source) -> Revisit | None:
    """When to look again at a page that was just captured because somebody named it; None: never."""
    if not source.refetch or lead.step:
        return None
    since = response.fetched_at.timestamp()
    return _revisit(1, since, found.canonical, response, lead)


def next_revisit(lead: Lead, at: datetime, response: Response | None = None) -> Revisit | None:
    """When to look again at a page that was just looked at again, whatever came of it; None: often enough."""
    step, since = lead.step + 1, lead.since
    while step <= len(REVISITS) and since + REVISITS[step - 1] <= at.timestamp():
        step += 1
    return _revisit(step, since, lead.url, response, lead) if step <= len(REVISITS) else None


def _revisit(step: int, since: float, canonical: str, response: Response | None, lead: Lead) -> Revisit:
    etag = response.header("etag") if response is not None else ""
    modified = response.header("last-modified") if response is not None else ""
    return Revisit(
        canonical=canonical,
        address=lead.address if response is None else response.url,
        feed=lead.feed,
        source=lead.source,
        title=lead.title,
        published=lead.published,
        step=step,
        since=since,
        due=since + REVISITS[step - 1],
        etag=etag or lead.etag,
        modified=modified or lead.modified,
    )


def lead_again(revisit: Revisit, now: datetime) -> Lead:
    """A revisit that is due, as a page to fetch."""
    return Lead(
        url=revisit.canonical,
        address=revisit.address,
        feed=revisit.feed,
        source=revisit.source,
        title=revisit.title,
        published=revisit.published,
        discovered=now,
        step=revisit.step,
        since=revisit.since,
        etag=revisit.etag,
        modified=revisit.modified,
    )


@dataclass(frozen=True, slots=True)
class Edit:
    """What a capture changes: against which one, and where. All empty for the first of its address."""

    previous: Previous | None = None
    difference: tuple[Hunk, ...] = ()


def raw_page(found: Capture, response: Response, lead: Lead, source: Source, edit: Edit) -> RawPage:
    """The message that carries a capture, before it is known where the capture lies in the archive."""
    return RawPage(
        capture_id=found.id,
        url=response.url,
        source=source.id,
        source_name=source.name,
        country=source.country,
        language=source.language,
        fetched_at=response.fetched_at,
        first_seen=found.first_seen,
        revision=found.revision,
        status=response.status,
        content_type=response.media_type or "text/html",
        html=found.html,
        gone_at=found.gone_at,
        discovered_at=lead.discovered,
        discovered_via=lead.feed,
        feed_title=" ".join(lead.title.splitlines()) or None,
        feed_published_at=lead.published,
        previous=edit.previous,
        difference=edit.difference,
    )


def outgoing(found: Capture, response: Response, page: RawPage) -> Outgoing:
    """What goes into the outbox for a capture: the page, or where it is too large a dead letter."""
    key = urls.article_id(found.canonical)
    if response.truncated:
        error = f"{response.url}: longer than {len(response.content)} bytes; raise NEWSWATCH_PAGE_BYTES"
        return refusal(key, found.id, page.archive, error, response.fetched_at)
    value = encode(page)
    if len(value) > RAW.max_message_bytes:
        error = f"{response.url}: a message of {len(value)} bytes; {RAW.name} takes {RAW.max_message_bytes}"
        return refusal(key, found.id, page.archive, error, response.fetched_at)
    return Outgoing(RAW.name, key, found.id, page.archive, value, response.fetched_at)


def refusal(key: str, capture_id: str, archive: str, error: str, at: datetime) -> Outgoing:
    """The dead letter of a capture that no topic takes; its page stays in the archive."""
    letter = DeadLetter(
        id=hashlib.sha256(f"crawler\0{RAW.name}\0{key}\0{capture_id}".encode()).hexdigest(),
        service="crawler",
        at=at,
        reason="too-large",
        error=error,
        topic=RAW.name,
        key=key,
        capture_id=capture_id,
        archive=archive,
    )
    return Outgoing(RAW.dead.name, key, capture_id, archive, encode(letter), at)
