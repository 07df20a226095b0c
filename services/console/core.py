"""What the console shows, worked out of what the store holds. Pure: `now` is handed in."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.events import (
    Alert,
    Cause,
    Channel,
    DeadLetter,
    Digest,
    Event,
    Fact,
    Place,
    Priority,
    QuietHours,
    Silence,
    Span,
    Subscription,
    ThreadedArticle,
    Timestamp,
)
from services.kit.passages import Segments, passage, places, quoted, segments, stands
from services.kit.span import until
from services.kit.stories import Story
from services.kit.subscribing.check import problems
from services.kit.subscribing.files import SubscriptionsError, digest_in_words, expanded
from services.kit.text import fold_tokens
from services.kit.urls import outward
from services.store.protocol import DeadEntry

_PARAGRAPH = re.compile(r"\n\s*\n")

# Text


def paragraphs(text: str, places: Sequence[tuple[int, int]]) -> tuple[Segments, ...]:
    """The paragraphs of a text (a blank line parts them), with what is marked in each."""
    found = []
    at = 0
    for gap in [*_PARAGRAPH.finditer(text), None]:
        end = gap.start() if gap else len(text)
        if text[at:end].strip():
            found.append(segments(text, places, at, end))
        at = gap.end() if gap else end
    return tuple(found)


# Time


@dataclass(frozen=True, slots=True)
class When:
    """A moment for people (`words`, `exact`) and for machines (`iso`)."""

    iso: str
    words: str
    exact: str


def when(moment: datetime, now: datetime) -> When:
    return When(
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"), ago(moment, now), moment.strftime("%-d %b %Y, %H:%M:%S UTC")
    )


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, in words; the date where it is a week or more, or yet to come."""
    seconds = int((now - moment).total_seconds())
    if -60 < seconds < 10:
        return "just now"
    if 0 < seconds < 60:
        return f"{seconds} s ago"
    if 0 < seconds < 3600:
        return f"{seconds // 60} min ago"
    if 0 < seconds < 86400:
        return f"{seconds // 3600} h ago"
    if 0 < seconds < 7 * 86400:
        return f"{seconds // 86400} d ago"
    return moment.strftime("%-d %b %Y")


def lasted(seconds: float) -> str:
    """A length of time in words."""
    if seconds < 60:
        return f"{max(0.0, seconds):.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


# Articles


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One article in a list. `key` changes when there is something new to show of it."""

    id: str
    key: str
    title: Segments
    source: str
    language: str
    when: When
    relation: str
    story: str
    reason: str
    topics: tuple[str, ...]
    snippet: Segments
    facts: tuple[str, ...]


def article_row(article: ThreadedArticle, now: datetime, evidence: Sequence[Span] = ()) -> ArticleRow:
    in_text = next((span for span in evidence if span.field == "text" and stands(span, article)), None)
    return ArticleRow(
        id=article.id,
        key=article_key(article),
        title=segments(article.title, places(evidence, article, "title")),
        source=article.source_name or article.source or article.site or "unknown source",
        language=article.language or "",
        when=when(article.fetched_at, now),
        relation=article.relation,
        story=article.story,
        reason=article.reason,
        topics=tuple(topic.label for topic in article.topics),
        snippet=passage(article.text, in_text.start, in_text.end) if in_text else (),
        facts=tuple(fact_words(fact, names_of(article)) for fact in article.new_facts),
    )


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact of a story: in words, who told it first, and which other outlets confirm it."""

    words: str
    first: ArticleRow
    confirming: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoryPage:
    """A story; each of its articles with the outlets that copied it."""

    title: str
    language: str
    articles: tuple[tuple[ArticleRow, tuple[ArticleRow, ...]], ...]
    facts: tuple[FactRow, ...]
    copies: int
    outlets: int
    languages: tuple[str, ...]
    began: When
    ended: When
    answers: tuple[str, ...]


def story_page(story: Story, now: datetime) -> StoryPage:
    names = {code: name for entry in story.entries for code, name in names_of(entry.article).items()}
    return StoryPage(
        title=story.headline.title,
        language=story.headline.language or "",
        articles=tuple(
            (article_row(entry.article, now), tuple(article_row(copy, now) for copy in entry.copies))
            for entry in story.entries
        ),
        facts=tuple(
            FactRow(fact_words(told.fact, names), article_row(told.first, now), told.confirming)
            for told in story.facts
        ),
        copies=sum(len(entry.copies) for entry in story.entries),
        outlets=story.outlets,
        languages=story.languages,
        began=when(story.began, now),
        ended=when(story.ended, now),
        answers=story.answers,
    )


def article_key(article: ThreadedArticle) -> str:
    return f"{article.id}-{article.revision}"


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of an article, in words."""

    type: str
    actor: str
    target: str
    count: str
    status: str
    rule: str
    evidence: Segments
    place: str = ""
    date: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag and why the article has it."""

    kind: str
    label: str
    code: str
    reason: tuple[Segments, ...]


@dataclass(frozen=True, slots=True)
class ArticlePage:
    title: Segments
    paragraphs: tuple[Segments, ...]
    events: tuple[EventRow, ...]
    tags: tuple[Tag, ...]
    rtl: bool


def article_page(article: ThreadedArticle) -> ArticlePage:
    """The article with everything marked that an event or a topic was seen in."""
    spans = [event.span for event in article.events if event.span]
    spans += [span for topic in article.topics for span in topic.evidence]
    names = names_of(article)
    topics = [
        Tag("topic", topic.label, topic.code, tuple(quoted(span, article) for span in topic.evidence))
        for topic in article.topics
    ]
    entities = [Tag(entity.type, entity.name, entity.id or "", ()) for entity in article.entities]
    return ArticlePage(
        title=segments(article.title, places(spans, article, "title")),
        paragraphs=paragraphs(article.text, places(spans, article, "text")),
        events=tuple(event_row(event, article, names) for event in article.events),
        tags=(*topics, *entities),
        rtl=article.language in ("ar", "fa", "he", "ur", "ps", "dv", "yi", "ckb", "ug"),
    )


def event_row(event: Event, article: ThreadedArticle | None, names: Mapping[str, str]) -> EventRow:
    return EventRow(
        type=spaced(event.type),
        actor=_listed(event.actor, names),
        target=_listed(event.target, names),
        count="" if event.count is None else str(event.count),
        status=event.status,
        rule=event.rule,
        evidence=quoted(event.span, article) if event.span else (),
        place=_place_words(event.place, names),
        date=event.date.isoformat() if event.date else "",
        cause=_cause_words(event.cause, names),
    )


def _place_words(place: Place | None, names: Mapping[str, str]) -> str:
    """A place in one line: 'Izmir, Turkey'."""
    country = names.get(place.country, place.country) if place and place.country else ""
    return ", ".join(part for part in (place.name if place else "", country) if part)


def _cause_words(cause: Cause | None, names: Mapping[str, str]) -> str:
    """What is answered, in one line: 'expulsion: NATO → Russia'."""
    if cause is None:
        return ""
    parties = " → ".join(filter(None, (_listed(cause.actor, names), _listed(cause.target, names))))
    return ": ".join(filter(None, (spaced(cause.type or ""), parties)))


def names_of(article: ThreadedArticle) -> dict[str, str]:
    """Code → name, as far as the article names them."""
    actors = (each for each in article.entities if each.type in ("state", "organisation"))
    return {each.id: each.name for each in actors if each.id}


def fact_words(fact: Fact, names: Mapping[str, str]) -> str:
    """A fact in one line: 'expulsion: NATO → Russia, 8'."""
    parties = " → ".join(filter(None, (_listed(fact.actor, names), _listed(fact.target, names))))
    count = "" if fact.count is None else str(fact.count)
    parts = [parties, count, "" if fact.status == "done" else fact.status]
    rest = ", ".join(part for part in parts if part)
    return f"{spaced(fact.type)}: {rest}" if rest else spaced(fact.type)


def spaced(name: str) -> str:
    """A name of a program in words: mission_closure → mission closure."""
    return name.replace("_", " ").replace("-", " ")


# Alerts


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert in a list."""

    id: str
    summary: str
    title: str
    source: str
    language: str
    when: When
    story: str
    article: str
    subscription: str
    subscription_name: str
    latency: str


def alert_row(alert: Alert, now: datetime) -> AlertRow:
    summary = alert.summary or alert.title
    return AlertRow(
        id=alert.id,
        summary=summary,
        title="" if alert.title == summary else alert.title,
        source=alert.source_name or alert.source or "unknown source",
        language=alert.language or "",
        when=when(alert.created_at, now),
        story=alert.story,
        article=alert.article_id,
        subscription=alert.subscription,
        subscription_name=alert.subscription_name,
        latency=lasted((alert.created_at - alert.fetched_at).total_seconds()),
    )


# Dead letters


@dataclass(frozen=True, slots=True)
class DeadRow:
    """One dead letter: who, when, what, where."""

    id: str
    service: str
    when: When
    reason: str
    error: str
    source: str
    where: str
    state: str
    times: int


def dead_row(entry: DeadEntry, now: datetime) -> DeadRow:
    letter = entry.letter
    return DeadRow(
        id=letter.id,
        service=letter.service,
        when=when(letter.at, now),
        reason=spaced(letter.code or letter.reason),
        error=letter.error,
        source=letter.source,
        where=dead_place(letter),
        state=entry.state,
        times=entry.times,
    )


@dataclass(frozen=True, slots=True)
class DeadOfSource:
    """How many of some dead letters came from a source, and what they are: '9 consent, 2 video'."""

    source: str
    count: int
    reasons: str


def dead_by_source(rows: Iterable[DeadRow]) -> tuple[DeadOfSource, ...]:
    """Of those whose source is known, the source with the most first."""
    reasons: dict[str, Counter[str]] = {}
    for row in rows:
        if row.source:
            reasons.setdefault(row.source, Counter())[row.reason] += 1
    found = (
        DeadOfSource(
            source, counts.total(), ", ".join(f"{count} {reason}" for reason, count in counts.most_common())
        )
        for source, counts in reasons.items()
    )
    return tuple(sorted(found, key=lambda each: (-each.count, each.source)))


def dead_place(letter: DeadLetter) -> str:
    """Where it was read: topic, partition and offset as far as they are known."""
    numbers = [
        f"{name} {number}"
        for name, number in (("partition", letter.partition), ("offset", letter.offset))
        if number >= 0
    ]
    return ", ".join([letter.topic, *numbers])


# Services

Condition = Literal["ready", "waiting", "silent", "stopped"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service's /readyz said: its HTTP status and body; or why there was no answer."""

    status: int = 0
    body: Any = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """How one service does. `words` says it to people."""

    name: str
    condition: Condition
    words: str
    url: str | None
    pid: int | None
    restarts: int


def service_state(name: str, entry: Mapping[str, Any], answer: Answer | None) -> ServiceState:
    """From the line of the run file and the service's own answer (None: it has no address to ask)."""
    told = str(entry.get("state") or "unknown")
    condition: Condition
    if told != "running":
        condition, words = "stopped", told
    elif answer is None:
        condition, words = ("ready", "running") if name == "broker" else ("waiting", "starting")
    elif answer.error:
        condition, words = "silent", f"does not answer: {answer.error}"
    elif answer.status == 200:
        condition, words = "ready", "ready"
    else:
        reasons = answer.body.get("waiting_for") if isinstance(answer.body, dict) else None
        told_reasons = reasons.items() if isinstance(reasons, dict) else ()
        why = "; ".join(f"{what}: {reason}" for what, reason in told_reasons)
        condition, words = "waiting", f"waiting for {why}" if why else f"not ready (HTTP {answer.status})"
    url, pid, restarts = entry.get("url"), entry.get("pid"), entry.get("restarts")
    return ServiceState(
        name=name,
        condition=condition,
        words=words,
        url=url if isinstance(url, str) else None,
        pid=pid if isinstance(pid, int) else None,
        restarts=restarts if isinstance(restarts, int) else 0,
    )


NOT_STARTED_HERE = "Services are not started by newswatch up here: nothing to show."


def summary(states: Sequence[ServiceState] | None) -> str:
    """All services in one line."""
    if states is None:
        return NOT_STARTED_HERE
    amiss = [state.name for state in states if state.condition != "ready"]
    if not amiss:
        return f"All {len(states)} services are ready." if states else "No service is started yet."
    return f"{len(states) - len(amiss)} of {len(states)} services are ready; not yet: {', '.join(amiss)}."


# Subscriptions


class NewSubscription(BaseModel):
    """What a person or a program gives for a subscription. Without an id, the name makes one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(min_length=1, max_length=200)
    query: str = Field(min_length=1, max_length=4000)
    id: str = ""
    owner: str = ""
    every: Literal["story", "fact", "article"] = "story"
    deliver: tuple[Channel, ...] = (Channel(kind="console"), Channel(kind="feed"))
    labels: dict[str, str] = {}
    everything: bool = Field(default=False, description="though the query matches what has nothing of it")
    enabled: bool = True
    languages: tuple[str, ...] = ()
    zone: str = "UTC"
    digest: Digest | None = None
    quiet: QuietHours | None = None
    wait_seconds: int = Field(default=0, ge=0, le=3600)
    min_outlets: int = Field(default=1, ge=1, le=50)
    per_hour: int | None = Field(default=None, ge=1)
    yields_to: tuple[str, ...] = ()
    priority: Priority = "normal"
    expires_at: Timestamp | None = None


class NewSilence(BaseModel):
    """What a person or a program gives for a silence."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    reason: str = Field(min_length=1, max_length=500)
    by: str = ""
    ends_at: Timestamp | None = None
    subscription: str | None = None
    labels: dict[str, str] = {}
    story: str | None = None
    query: str | None = None

    def kept(self, now: datetime) -> Silence:
        return Silence.model_validate({**self.model_dump(), "created_at": now})


class Refused(Exception):
    """What was sent cannot be taken. The message says why, for people; `status` is HTTP's number."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status


FORM = (
    *("name", "query", "id", "every", "webhook", "channels", "digest", "quiet", "zone", "min_outlets"),
    *("languages", "priority", "per_hour", "owner", "labels", "expires", "wait_seconds", "yields_to"),
)


# What the form shows less closely than it may be, with its field: as long as nobody changes it, it stays.
_CLOSELY = {
    "labels": "labels",
    "expires": "expires_at",
    "wait_seconds": "wait_seconds",
    "yields_to": "yields_to",
    "owner": "owner",
}


def from_form(fields: Mapping[str, str], now: datetime) -> NewSubscription:
    """The form of the page; what is left empty is as it is without being asked. Refused where something is
    missing or cannot be read.
    """
    given: dict[str, Any] = {name: fields[name].strip() for name in FORM if fields.get(name, "").strip()}
    webhook = given.pop("webhook", "")
    given["deliver"] = [
        "console",
        "feed",
        *([webhook] if webhook else []),
        *_several(given.pop("channels", "")),
    ]
    for name in ("languages", "yields_to"):
        if name in given:
            given[name] = _several(given[name])
    given["labels"] = labels(given.pop("labels", ""))
    expires = given.pop("expires", "")
    try:
        given["expires_at"] = until(expires, now) if expires else None
    except ValueError as error:
        raise Refused(f"expires: {error}") from error
    if webhook and outward(webhook) is None:
        raise Refused(f"webhook: {webhook!r} is no http(s) address")
    try:
        return NewSubscription.model_validate(expanded(given))
    except SubscriptionsError as error:
        raise Refused(str(error)) from error
    except ValidationError as error:
        raise Refused(in_one_line(error)) from error


def from_edit(fields: Mapping[str, str], kept: Subscription, now: datetime) -> NewSubscription:
    """The form of the page that edits: what it does not show stays as it is. Refused as above."""
    shown = as_form(kept)
    same = [name for name in _CLOSELY if fields.get(name, shown[name]).strip() == shown[name]]
    new = from_form({name: value for name, value in fields.items() if name not in same}, now)
    unchanged = ["everything", "enabled", *(_CLOSELY[name] for name in same)]
    changes: dict[str, Any] = {name: getattr(kept, name) for name in unchanged}
    further = [channel for channel in kept.deliver if channel.kind == "webhook"][1:]
    changes["deliver"] = (*new.deliver, *further)
    if kept.quiet is not None and new.quiet is not None:
        changes["quiet"] = new.quiet.model_copy(update={"days": kept.quiet.days})
    return new.model_copy(update=changes)


def as_form(kept: Subscription) -> dict[str, str]:
    """What the form shows of a subscription."""
    webhooks = [channel.url or "" for channel in kept.deliver if channel.kind == "webhook"]
    return {
        "name": kept.name,
        "query": kept.query,
        "id": kept.id,
        "every": kept.every,
        "webhook": webhooks[0] if webhooks else "",
        "channels": " ".join(channel.name or "" for channel in kept.deliver if channel.kind == "named"),
        "digest": digest_in_words(kept.digest) if kept.digest else "",
        "quiet": f"{kept.quiet.start}-{kept.quiet.end}" if kept.quiet else "",
        "zone": kept.zone,
        "min_outlets": str(kept.min_outlets),
        "languages": " ".join(kept.languages),
        "priority": kept.priority,
        "per_hour": str(kept.per_hour or ""),
        "owner": kept.owner,
        "labels": " ".join(f"{name}={value}" for name, value in kept.labels.items()),
        "expires": kept.expires_at.strftime("%Y-%m-%dT%H:%MZ") if kept.expires_at else "",
        "wait_seconds": str(kept.wait_seconds or ""),
        "yields_to": " ".join(kept.yields_to),
    }


def labels(text: str) -> dict[str, str]:
    """Labels as a form has them: desk=foreign team=night. Refused where one cannot be read."""
    pairs = [each.partition("=") for each in _several(text)]
    wrong = next((name for name, mark, _ in pairs if not mark or not name), None)
    if wrong is not None:
        raise Refused(f"labels: {wrong!r}: write name=value")
    return {name: value for name, _, value in pairs}


def _several(text: str) -> list[str]:
    return text.replace(",", " ").split()


def subscription(new: NewSubscription, taken: Iterable[str], now: datetime) -> Subscription:
    """The subscription to keep. Refused where its id or a webhook's address cannot be."""
    name = new.id or slug(new.name)
    if not name:
        raise Refused("id: the name has no letters a–z or digits to make an id of; give one")
    if name in set(taken):
        raise Refused(f"a subscription {name!r} is there already; delete it first, or give another id", 409)
    return checked({**new.model_dump(), "id": name, "created_at": now})


def edited(new: NewSubscription, before: Subscription) -> Subscription:
    """The subscription as it is from now on. Refused where it cannot be, or is kept in files."""
    if before.origin:
        raise Refused(f"{before.id} is kept in files: edit it there, and it is followed", 409)
    return checked({**new.model_dump(), "id": before.id, "created_at": before.created_at})


def checked(fields: Mapping[str, Any]) -> Subscription:
    """A subscription that may be kept; Refused where it may not."""
    try:
        made = Subscription.model_validate(fields)
    except ValidationError as error:
        raise Refused(in_one_line(error)) from error
    wrong = [(field, problem) for field, problem in problems(made) if field != "query"]
    if wrong:
        raise Refused("; ".join(f"{field}: {problem}" for field, problem in wrong))
    return made


def slug(name: str) -> str:
    """An id made of a name: lower case, a–z, digits and hyphens, 63 at most."""
    words = re.sub(r"[^a-z0-9]+", "-", fold_tokens(name))
    return words.strip("-")[:63].strip("-")


def in_one_line(error: ValidationError) -> str:
    """What pydantic found, for people."""
    problems = error.errors(include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in problems)


def foreign(host: str, origin: str | None, fetch_site: str | None, own_url: str) -> str | None:
    """Why a request that changes something must be refused: another site's page sent it. None if it may.

    A browser tells where the page is from (Origin, Sec-Fetch-Site); programs send neither. The name in
    Host must be one that nobody else can own, or that of `own_url`, so that a name that is pointed at
    this machine (DNS rebinding) does not pass for our own.
    """
    if origin is None and fetch_site in (None, "none", "same-origin"):
        return None
    own = urlsplit(own_url)
    if fetch_site not in (None, "none", "same-origin"):
        return f"a page of another site sent this ({fetch_site})"
    if origin is not None:
        if origin == f"{own.scheme}://{own.netloc}":
            return None
        if urlsplit(origin).netloc.lower() != host.lower():
            way_out = "if that is this console, set NEWSWATCH_CONSOLE_URL to it"
            return f"a page of another site sent this ({origin}); {way_out}"
    name = urlsplit(f"//{host}").hostname or ""
    if not (_is_address(name) or "." not in name or name.endswith(".localhost") or name == own.hostname):
        return f"this console is not known as {name}; set NEWSWATCH_CONSOLE_URL to the address you use"
    return None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _listed(codes: Sequence[str], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(code, code) for code in codes)
