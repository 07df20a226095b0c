"""Every message that travels between services: one frozen class per message and version.

Readers ignore fields that they do not know, so a field with a default may be added freely. Anything
else (a field renamed, retyped, made mandatory) is a new class with a new version and a new topic.
All times are aware and in UTC; all offsets are counted in characters, `end` exclusive.
"""

from datetime import UTC, date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Day = date
Timestamp = Annotated[AwareDatetime, AfterValidator(_utc)]


class Part(BaseModel):
    """A part of a message: frozen, tolerant of fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(Part):
    """A message with a version; a reader refuses a version that it does not know."""

    NAME: ClassVar[str]
    version: Literal[1] = 1


class Hunk(Part):
    """One place at which a page's visible text was edited, in lines."""

    before: str = Field(default="", description="the unchanged line before it; empty at the top")
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    cut: bool = Field(default=False, description="there is more here and after it than is told")


class Previous(Part):
    """The capture before this one, of the same address."""

    revision: int = Field(ge=0)
    fetched_at: Timestamp
    archive: str = Field(default="", description="WARC file and offset")


class RawPage(Message):
    """One capture of one page, as fetched. The archive keeps its bytes; this carries its decoded text."""

    NAME: ClassVar[str] = "raw-page"
    capture_id: str = Field(description="identifies the capture; the id of its WARC record")
    url: str = Field(description="the address that answered, after redirects")
    source: str = Field(description="id of the source in the catalogue")
    source_name: str = ""
    country: str | None = Field(default=None, description="the source's country, ISO 3166-1 alpha-2")
    language: str | None = Field(default=None, description="the source's language, ISO 639-1")
    fetched_at: Timestamp
    first_seen: Timestamp = Field(description="first capture of this address; never changes, picks the index")
    revision: int = Field(
        ge=0, description="fetched_at in milliseconds since 1970; a later capture has a higher one"
    )
    status: int = 200
    content_type: str = "text/html"
    html: str
    archive: str = Field(default="", description="WARC file and offset: name.warc.gz#12345")
    gone_at: Timestamp | None = Field(default=None, description="when the page was found gone from its site")
    backfill: bool = Field(default=False, description="history read in later: it alerts nobody")
    discovered_at: Timestamp | None = None
    discovered_via: str | None = Field(default=None, description="the feed that named the page")
    feed_title: str | None = None
    feed_published_at: Timestamp | None = None
    previous: Previous | None = Field(default=None, description="what `difference` compares with")
    difference: tuple[Hunk, ...] = Field(
        default=(), description="what changed in the whole page's visible text, at most 64,000 characters"
    )


class Stages(Part):
    """When each service had done with an article: taken from the headers with which it travelled."""

    cleaned_at: Timestamp | None = None
    tagged_at: Timestamp | None = None
    threaded_at: Timestamp | None = None


class Entry(Part):
    """One report of a live blog."""

    published_at: Timestamp | None = None
    title: str = ""
    text: str = Field(default="", description="paragraphs joined by a blank line")


class Article(Message):
    """A page reduced to what a reader came for."""

    NAME: ClassVar[str] = "article"
    id: str = Field(description="sha256 of the canonical URL, in hex")
    capture_id: str
    revision: int = Field(ge=0)
    url: str
    canonical_url: str
    source: str = ""
    source_name: str = ""
    site: str = Field(default="", description="the host, without www.")
    country: str | None = Field(default=None, description="the source's country, ISO 3166-1 alpha-2")
    fetched_at: Timestamp
    first_seen: Timestamp
    discovered_at: Timestamp | None = None
    discovered_via: str | None = Field(default=None, description="the feed that named the page")
    stages: Stages | None = Field(default=None, description="known of what is stored")
    published_at: Timestamp | None = None
    modified_at: Timestamp | None = None
    title: str
    text: str = Field(description="paragraphs joined by a blank line")
    kind: Literal["article", "live-blog", "video", "gallery"] = Field(
        default="article", description="what its text goes with"
    )
    entries: tuple[Entry, ...] = Field(
        default=(), description="a live blog's reports, in the order of the page"
    )
    authors: tuple[str, ...] = Field(
        default=(), description="who signs, as the page names them: people and organisations"
    )
    language: str | None = Field(default=None, description="ISO 639-1")
    site_name: str = Field(default="", description="how the site calls itself")
    agencies: tuple[str, ...] = Field(
        default=(), description="news agencies that sign or are credited: AFP, dpa, ..."
    )
    dateline: str | None = Field(
        default=None, description="place, day and agency, as they stood before the first sentence"
    )
    image: str = Field(default="", description="address of the lead image")
    section: str = Field(default="", description="the part of the site, in its publisher's words")
    keywords: tuple[str, ...] = Field(default=(), description="subjects, in its publisher's words")
    paywalled: bool | None = Field(
        default=None, description="whether it is for those who pay; none: not said"
    )
    gone_at: Timestamp | None = Field(default=None, description="when the page was found gone from its site")
    archive: str = ""
    backfill: bool = Field(default=False, description="history read in later: it alerts nobody")
    title_tokens: str = Field(
        default="", description="the title's tokens (services/kit/text), joined by spaces"
    )
    text_tokens: str = Field(default="", description="the text's tokens, joined by spaces")
    fingerprint: str = Field(default="", description="sha256 of the text's tokens: equal for equal texts")
    previous_revision: int | None = Field(default=None, description="the revision that `difference` is from")
    difference: tuple[Hunk, ...] = Field(
        default=(), description="what was edited in title and text; empty where the edit was elsewhere"
    )


class Span(Part):
    """Where in the article something stands."""

    field: Literal["title", "text"]
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str


class Topic(Part):
    """A subject of the article."""

    code: str = Field(description="IPTC Media Topic number, or newswatch:name")
    label: str
    score: float = Field(ge=0, le=1)
    evidence: tuple[Span, ...] = ()
    rule: str = Field(default="", description="what saw it: its words, or an event")


class Entity(Part):
    """Someone or something that the article names."""

    name: str
    type: Literal["state", "organisation", "person", "place", "other"]
    id: str | None = Field(default=None, description="ISO 3166-1 alpha-2, or the organisation's short name")
    source: str = Field(default="", description="what found it; empty: newswatch's own lists of names")


class Mark(Part):
    """A part of the sentence in which an event was seen. Offsets count in the field of the event's span."""

    part: Literal["trigger", "object", "actor", "target"]
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Place(Part):
    """Where something happened."""

    country: str | None = Field(default=None, description="ISO 3166-1 alpha-2")
    name: str = Field(default="", description="the city or region, as the text writes it")


class Cause(Part):
    """The event that another one answers."""

    index: int | None = Field(
        default=None, ge=0, description="its place among the article's events; none: the text only names it"
    )
    type: str | None = None
    actor: tuple[str, ...] = ()
    target: tuple[str, ...] = ()


class Event(Part):
    """Who did what to whom."""

    type: str
    cameo: str | None = None
    plover: str | None = None
    actor: tuple[str, ...] = Field(default=(), description="ISO 3166-1 alpha-2, or short names such as NATO")
    target: tuple[str, ...] = ()
    count: int | None = Field(default=None, ge=0)
    status: Literal["done", "announced", "threatened", "denied", "reversed", "historical"] = "done"
    rule: str = Field(default="", description="id of the rule that saw it")
    span: Span | None = None
    score: float = Field(default=1.0, ge=0, le=1, description="how sure the rule is")
    marks: tuple[Mark, ...] = Field(default=(), description="the words that the rule saw")
    response: bool = Field(default=False, description="the text calls it an answer to another event")
    place: Place | None = Field(default=None, description="where it happened, if the text or its kind says")
    date: Day | None = Field(
        default=None, description="the day, if the text gives it; weekdays are counted from the publication"
    )
    cause: Cause | None = Field(default=None, description="the event that it answers, if the text links them")


class TaggedArticle(Article):
    """An article with what it is about."""

    NAME: ClassVar[str] = "tagged-article"
    topics: tuple[Topic, ...] = ()
    entities: tuple[Entity, ...] = ()
    countries: tuple[str, ...] = Field(
        default=(), description="ISO 3166-1 alpha-2 of the states it speaks of"
    )
    events: tuple[Event, ...] = ()


class Fact(Part):
    """One thing that a story says: an event without its wording."""

    id: str = Field(description="equal for the same fact told in other words")
    type: str
    actor: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    count: int | None = None
    status: str = "done"
    kind: Literal["event", "count", "status", "answer"] = Field(
        default="event", description="what is new in it: another event, number or stage, or one side's answer"
    )


Relation = Literal["new", "copy", "edit", "follow-up"]


class ThreadedArticle(TaggedArticle):
    """An article with its place among all the others."""

    NAME: ClassVar[str] = "threaded-article"
    story: str = Field(description="id of the story: the id of its first article; never changes")
    relation: Relation
    duplicate_of: str | None = Field(
        default=None, description="id of the article whose text this one repeats"
    )
    original: str | None = Field(default=None, description="id of the article that is credited with the text")
    new_facts: tuple[Fact, ...] = Field(default=(), description="facts that the story had not told before")
    same_stories: tuple[str, ...] = Field(
        default=(), description="other stories that turned out to be this one; their ids stay valid"
    )
    answers: str | None = Field(default=None, description="id of the story that this one's event answers")
    reason: str = Field(default="", description="why it was put there, in words")
    score: float = Field(default=1.0, ge=0, le=1)
    trace: str = Field(default="", description="what the threader remembers of the text, in base64")


class Remembered(Part):
    """What the threader must read of an article that was threaded, to remember it again."""

    id: str
    revision: int = Field(ge=0)
    source_name: str = ""
    site: str = ""
    fetched_at: Timestamp
    published_at: Timestamp | None = None
    events: tuple[Event, ...] = ()
    story: str
    relation: Relation
    duplicate_of: str | None = None
    original: str | None = None
    new_facts: tuple[Fact, ...] = ()
    same_stories: tuple[str, ...] = ()
    answers: str | None = None
    reason: str = ""
    score: float = 1.0
    trace: str = ""


class Channel(Part):
    """Where an alert is delivered. Console and feed show every alert; a webhook is posted to; a named channel
    (e-mail, chat, ...) is set up by whoever runs newswatch, with its secrets, and only named here.
    """

    kind: Literal["console", "feed", "webhook", "named"]
    url: str | None = Field(default=None, description="the webhook's address")
    name: str | None = Field(default=None, description="the named channel's name")


Every = Literal["story", "fact", "article"]
Priority = Literal["low", "normal", "high", "urgent"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="local time: 07:30")]


class Digest(Part):
    """Alerts are gathered, and delivered together at a local time."""

    every: Literal["hour", "day", "week"]
    at: ClockTime = Field(default="08:00", description="time of day; of an hourly digest, its minutes count")
    on: Weekday = Field(default="monday", description="day of a weekly digest")


class QuietHours(Part):
    """When nothing is delivered; what came meanwhile is delivered together at their end."""

    start: ClockTime
    end: ClockTime = Field(description="of the next day, where it is before the start")
    days: tuple[Weekday, ...] = Field(default=(), description="days on which they start; empty: every day")


class Subscription(Message):
    """What somebody asked to hear."""

    NAME: ClassVar[str] = "subscription"
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    name: str
    query: str
    owner: str = ""
    every: Every = Field(
        default="story", description="alert once for each story, each new fact of a story, or each article"
    )
    deliver: tuple[Channel, ...] = (Channel(kind="console"), Channel(kind="feed"))
    labels: dict[str, str] = {}
    enabled: bool = True
    everything: bool = Field(
        default=False, description="asked for twice: the query may match what has nothing of what it names"
    )
    created_at: Timestamp | None = None
    languages: tuple[str, ...] = Field(
        default=(), description="ISO 639-1: only articles in these languages; empty: in any"
    )
    zone: str = Field(default="UTC", description="IANA time zone of digest and quiet hours: Europe/Berlin")
    digest: Digest | None = Field(default=None, description="deliver together; without it, at once")
    quiet: QuietHours | None = Field(default=None, description="urgent subscriptions have none")
    wait_seconds: int = Field(
        default=0, ge=0, le=3600, description="gather what comes within that time after the first alert"
    )
    min_outlets: int = Field(
        default=1, ge=1, le=50, description="deliver when so many independent outlets report the story"
    )
    per_hour: int | None = Field(
        default=None, ge=1, description="deliveries an hour to one channel; the rest comes as one summary"
    )
    yields_to: tuple[str, ...] = Field(
        default=(), description="ids of subscriptions: what they told of a story in a channel is not repeated"
    )
    priority: Priority = Field(default="normal", description="urgent passes quiet hours, digest and limits")
    expires_at: Timestamp | None = None
    origin: str = Field(default="", description="files: it is kept in a folder of YAML files")


class Silence(Message):
    """No deliveries for a time: of a subscription, of all with some labels, of a story, or of what a query
    matches. What is given must all hold. Alerts are recorded all the same.
    """

    NAME: ClassVar[str] = "silence"
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    reason: str = Field(min_length=1, description="why, for those who miss an alert")
    by: str = Field(default="", description="who asked for it")
    created_at: Timestamp
    ends_at: Timestamp | None = Field(default=None, description="none: until it is lifted")
    subscription: str | None = None
    labels: dict[str, str] = {}
    story: str | None = None
    query: str | None = Field(default=None, description="articles that match it alert nobody")


class QuoteMark(Part):
    """A part of a quote that is evidence. Offsets count in the quote."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Quote(Part):
    """A sentence in which evidence stands; cut where it is very long."""

    text: str
    marks: tuple[QuoteMark, ...] = ()


class Alert(Message):
    """A subscription that came true, told once."""

    NAME: ClassVar[str] = "alert"
    id: str = Field(description="hash of subscription, story and fact: the same alert twice is one")
    subscription: str
    subscription_name: str
    query: str
    story: str
    thread: str = Field(default="", description="hash of subscription and story: what belongs together")
    fact: str = Field(default="", description="id of the fact; empty where the whole story is meant")
    news: Literal["event", "count", "status", "answer", ""] = Field(
        default="", description="what is new in the fact"
    )
    answers: str | None = Field(default=None, description="id of the story that this one's event answers")
    article_id: str
    capture_id: str
    title: str
    url: str
    source: str = ""
    source_name: str = ""
    language: str | None = None
    published_at: Timestamp | None = None
    fetched_at: Timestamp
    created_at: Timestamp
    discovered_at: Timestamp | None = None
    stages: Stages | None = None
    summary: str = Field(default="", description="the event in words, or the title")
    event: Event | None = None
    evidence: tuple[Span, ...] = ()
    quotes: tuple[Quote, ...] = Field(default=(), description="the sentences in which the evidence stands")
    deliver: tuple[Channel, ...] = ()
    labels: dict[str, str] = {}
    priority: Priority = "normal"
    backfill: bool = Field(default=False, description="history read in later: it was delivered nowhere")


class Reported(Part):
    """An outlet's report, in short."""

    article: str
    outlet: str
    title: str
    url: str
    at: Timestamp


class Context(Part):
    """What was known of an alert's story when it was delivered."""

    first: Reported
    outlets: int = Field(ge=1, description="that report it in words of their own")
    copies: int = Field(default=0, ge=0)
    confirming: tuple[str, ...] = Field(default=(), description="the outlets, the first twenty")
    answered: Reported | None = Field(default=None, description="the first report of the story it answers")


class Notification(Message):
    """What a webhook is posted: one alert, or several that were held back and come together."""

    NAME: ClassVar[str] = "notification"
    id: str = Field(description="the same notification twice has one id: the Idempotency-Key")
    kind: Literal["alert", "update", "digest", "summary", "test"]
    subscription: str
    subscription_name: str
    priority: Priority = "normal"
    labels: dict[str, str] = {}
    thread: str = Field(default="", description="of an alert or update: equal for all of one story")
    alerts: tuple[Alert, ...] = ()
    stories: dict[str, Context] = Field(default={}, description="by the id of the story")
    held: str = Field(default="", description="why several come together")
    console: str = Field(default="", description="where to read on")


class DeadLetter(Message):
    """A message that a service refused: who, when, what, where."""

    NAME: ClassVar[str] = "dead-letter"
    id: str = Field(description="hash of service, topic, key and payload: the same refusal twice is one")
    service: str = Field(description="who refused it")
    at: Timestamp = Field(description="when")
    reason: Literal["invalid", "rejected", "bug", "refused-by-store", "too-large"]
    code: str = Field(
        default="", description="what kind of page was rejected, for machines: docs/operations.md has them"
    )
    source: str = Field(default="", description="id of the source that the message came from")
    error: str = Field(description="what is wrong, in one line")
    detail: str = Field(default="", description="the traceback of a bug")
    topic: str = Field(description="where it was read")
    partition: int = -1
    offset: int = -1
    key: str = ""
    capture_id: str = ""
    archive: str = Field(default="", description="the capture's record, where the payload is not kept")
    payload: str = Field(default="", description="the message as it was read: text, or base64 as said below")
    payload_encoding: Literal["utf-8", "base64"] = "utf-8"


MESSAGES: tuple[type[Message], ...] = (
    RawPage,
    Article,
    TaggedArticle,
    ThreadedArticle,
    Alert,
    DeadLetter,
    Subscription,
    Silence,
    Notification,
)
