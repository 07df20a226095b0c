"""Why there is no article of an address, in words, and the next step. Pure."""

from datetime import datetime, timedelta

from services.crawler.pulse import Pulse
from services.crawler.trail import Trail


def because(known: Trail, url: str, now: datetime) -> list[str]:
    """Lines: what covers the address and how that is, the nearest cause, and the next step last."""
    if not known.sources:
        return [
            "no source covers this site",
            f"newswatch sources find {url} shows its feeds; newswatch sources add takes it in",
        ]
    told = [f"covered by {', '.join(source.id for source in known.sources)}"]
    if known.pulses is not None:
        told += [
            f"{source.id}: {_health(known.pulses.get(source.id), now, read=source.id in known.read)}"
            for source in known.sources
        ]
    return [*told, *_nearest(known, url, now)]


def _nearest(known: Trail, url: str, now: datetime) -> tuple[str, str]:
    """How far it came, and what to do."""
    if known.captured is not None:
        page = known.captured
        gone = "; gone from its site since" if page.gone else ""
        return (
            f"captured first at {_clock(page.first_seen)}, archive {page.archive or 'unknown'}{gone}",
            "on its way, or the store lost it: newswatch status shows it, newswatch replay reads archives",
        )
    if known.listed is not None:
        listed = known.listed
        when = f"due at {_clock(listed.due)}" if listed.due > now + timedelta(seconds=1) else "due now"
        tries = f", tried {listed.attempts} times" if listed.attempts else ""
        return (
            f"found at {_clock(listed.discovered)} in {listed.feed}; to be fetched, {when}{tries}",
            "wait, or see in the crawler's log why its host makes it wait",
        )
    if known.fetched is not None:
        why = known.why or "the crawler's log of then says why"
        return f"asked for at {_clock(known.fetched)}, and nothing kept: {why}", _way_out(known)
    if known.named:
        return (
            f"named by {', '.join(known.named)} before newswatch watched that, or older than what is fetched",
            "newswatch replay takes in what is archived elsewhere",
        )
    if known.pulses is not None and not known.read and not any(map(_succeeded, known.pulses.values())):
        ids = ", ".join(source.id for source in known.sources)
        return (
            f"not polled yet: {ids} was not read so far",
            f"wait for its first look; newswatch sources test {known.sources[0].id} reads it now",
        )
    return (
        "not discovered: none of what is watched there has named it when it was read last",
        f"newswatch sources test SOURCE shows what its feeds name; newswatch sources find {url} other ways",
    )


def _succeeded(pulse: Pulse) -> bool:
    return pulse.success > 0


def _health(pulse: Pulse | None, now: datetime, *, read: bool) -> str:
    if pulse is None or not pulse.success:
        if read:
            return "read, a moment ago for the first time"
        return f"never read so far{f': {pulse.cause}' if pulse is not None and pulse.cause else ''}"
    seen = f"last read {_clock(datetime.fromtimestamp(pulse.success, now.tzinfo))}"
    return f"{seen}, failing since: {pulse.cause}" if pulse.failing else seen


def _way_out(known: Trail) -> str:
    """What to do about a page that was asked for and not kept."""
    if "robots.txt" in known.why and "forbids" in known.why:
        return "newswatch keeps to it: ask the publisher, or have another source tell this news"
    if known.why.startswith("the page there is "):
        return "ask newswatch why of that address"
    return (
        "newswatch sources health tells how pages of this source come; this one is asked for again when its "
        "feed says that it changed"
    )


def how_far(known: Trail) -> int:
    """The more, the nearer it came to being an article: of several crawlers, one knows most."""
    steps = (known.captured, known.listed, known.fetched, known.named)
    return next((len(steps) - place for place, step in enumerate(steps) if step), 0)


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
