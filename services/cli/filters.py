"""The pure steps as filters over JSON Lines: one object in, one object out, in order, matched by id.

What goes in and out of each is fixed; fields may be added. A line that cannot be processed gives
{"id", "error"} and the filter goes on.
"""

import base64
import binascii
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from schemas.events import RawPage, TaggedArticle, Topic
from services.alerter.matcher import Matcher
from services.cleaner.core import clean
from services.crawler import core as crawler
from services.crawler import robots
from services.kit.clock import milliseconds
from services.kit.query import QueryError, parse, prepare
from services.kit.step import Reject
from services.kit.text import fold_tokens
from services.kit.urls import article_id, canonical
from services.tagger.core import annotate, with_names
from services.tagger.explain import explain
from services.tagger.knowledge import load_knowledge
from services.tagger.people import NameFinder
from services.tagger.topics import Hints
from services.threader.core import Threader

Row = dict[str, Any]
Apply = Callable[[Row], Row]
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class BadLine(Exception):
    """The line lacks something, or has it wrong; the text says what."""


def run(apply: Apply, lines: Iterable[str], out: IO[str]) -> None:
    """Each line through `apply`; a result or an error for each, in order."""
    for line in lines:
        if not line.strip():
            continue
        id: Any = None
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise BadLine("not a JSON object")
            id = row.get("id")
            result = {"id": id, **apply(row)}
        except Reject as error:
            result = {"id": id, "error": str(error), "code": error.code}
        except (BadLine, QueryError) as error:
            result = {"id": id, "error": str(error)}
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            result = {"id": id, "error": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"}
        except json.JSONDecodeError as error:
            result = {"id": None, "error": f"not JSON: {error}"}
        except Exception as error:  # noqa: BLE001 - a bug met by one line must not cost the others
            result = {"id": id, "error": f"{type(error).__name__}: {error}"}
        # Halves of surrogate pairs, which JSON can write and UTF-8 cannot, become question marks.
        out.write(json.dumps(result, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n")
        out.flush()


def discover(row: Row) -> Row:
    try:
        body = base64.b64decode(_text(row, "body_b64"), validate=True)
    except binascii.Error as error:
        raise BadLine(f"body_b64: not base64: {error}") from error
    return crawler.discover(_text(row, "url"), str(row.get("content_type") or ""), body)


def robots_txt(row: Row) -> Row:
    agent, url = row.get("agent"), row.get("url")
    if not isinstance(agent, str):
        raise BadLine("agent: missing, or not a text")
    if not isinstance(url, str):
        raise BadLine("url: missing, or not a text")
    allowed, delay = robots.allowed(str(row.get("robots_txt") or ""), agent, url)
    return {"allowed": allowed, "crawl_delay": delay}


def canonical_url(row: Row) -> Row:
    try:
        return {"canonical": canonical(_text(row, "url"))}
    except ValueError as error:
        raise BadLine(str(error)) from error


def clean_page(row: Row) -> Row:
    fetched = _moment(row.get("fetched_at")) or datetime.now(UTC)
    page = RawPage(
        capture_id=str(row.get("id")),
        url=str(row.get("url") or "") or "http://unknown.invalid/",
        source=str(row.get("source") or ""),
        fetched_at=fetched,
        first_seen=fetched,
        revision=max(0, milliseconds(fetched)),
        html=_text(row, "html"),
    )
    article = clean(page)
    return {
        "canonical_url": article.canonical_url,
        "title": article.title,
        "text": article.text,
        "authors": list(article.authors),
        "published_at": _iso(article.published_at),
        "modified_at": _iso(article.modified_at),
        "language": article.language,
        "site": article.site,
        "site_name": article.site_name,
        "agencies": list(article.agencies),
        "dateline": article.dateline,
        "image": article.image,
        "section": article.section,
        "keywords": list(article.keywords),
        "paywalled": article.paywalled,
        "kind": article.kind,
        "entries": [entry.model_dump(mode="json") for entry in article.entries],
        "fetched_at": _iso(article.fetched_at),
        "url": page.url,
    }


def tagger(names: NameFinder | None = None) -> Apply:
    knowledge = load_knowledge()

    def tag(row: Row) -> Row:
        title, text = str(row.get("title") or ""), str(row.get("text") or "")
        if not title and not text:
            raise BadLine("neither title nor text")
        published = _moment(row.get("published_at"))
        found = annotate(title, text, row.get("language"), published, knowledge, _hints(row))
        if names is not None:
            found = with_names(found, title, text, names)
        kept = {
            key: row[key]
            for key in ("url", "title", "text", "published_at", "fetched_at", "source")
            if key in row
        }
        return kept | {
            "language": found.language or row.get("language"),
            "topics": [topic.model_dump(mode="json") for topic in found.topics],
            "entities": [entity.model_dump(mode="json") for entity in found.entities],
            "countries": list(found.countries),
            "events": [event.model_dump(mode="json") for event in found.events],
            **({"note": found.note} if found.note else {}),
        }

    return tag


def _hints(row: Row) -> Hints:
    said = row.get("keywords")
    return Hints(str(row.get("section") or ""), tuple(map(str, said)) if isinstance(said, list) else ())


def explanations(lines: Iterable[str]) -> Iterator[str]:
    """Why each article is tagged as it is, as text; a line that can't be read gives the reason."""
    knowledge = load_knowledge()

    def tell(row: Row) -> Row:
        title, text = str(row.get("title") or ""), str(row.get("text") or "")
        if not title and not text:
            raise BadLine("neither title nor text")
        published = _moment(row.get("published_at"))
        found = annotate(title, text, row.get("language"), published, knowledge, _hints(row))
        return {"told": [title, *explain(title, text, found)]}

    for line in lines:
        out = StringIO()
        run(tell, [line], out)
        for result in out.getvalue().splitlines():
            row = json.loads(result)
            yield f"{row['id'] or '–'}: {row.get('error') or row['told'][0]}"
            yield from (f"  {each}" for each in row.get("told", [])[1:])


def threader() -> Apply:
    memory = Threader()
    captures: dict[str, tuple[str, int, str]] = {}  # by address: id, revision and fingerprint of the last

    def thread(row: Row) -> Row:
        article = tagged(row)
        address = article.canonical_url or article.id
        if address in captures:
            # The same address again is the same article, under the id that it had first. A changed text is
            # a new revision, even where no time says so.
            id, revision, fingerprint = captures[address]
            newer = max(article.revision, revision + (fingerprint != article.fingerprint))
            article = article.model_copy(update={"id": id, "revision": newer})
        captures[address] = (article.id, article.revision, article.fingerprint)
        threaded = memory.thread(article)
        return row | {
            "story": threaded.story,
            "relation": threaded.relation,
            "duplicate_of": threaded.duplicate_of,
            "original": threaded.original,
            "new_facts": [fact.model_dump(mode="json") for fact in threaded.new_facts],
            "same_stories": list(threaded.same_stories),
            "answers": threaded.answers,
            "reason": threaded.reason,
        }

    return thread


def matcher(subscriptions: Path) -> Apply:
    """BadLine, naming file and line, where a subscription cannot be read."""
    queries = Matcher()
    ids: dict[str, str] = {}  # of each line that has one, in the order of the file
    with subscriptions.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                id, query = str(row["id"]), parse(str(row["query"]), everything=bool(row.get("everything")))
            except (ValueError, KeyError, TypeError, QueryError) as error:
                what = f"no {error}" if isinstance(error, KeyError) else str(error)
                raise BadLine(f"{subscriptions}, line {number}: {what}") from error
            ids[str(number)] = id
            queries.put(str(number), query)

    def match(row: Row) -> Row:
        lines = sorted(queries.matching(prepare(tagged(row))), key=int)
        return {"matches": list(dict.fromkeys(ids[line] for line in lines))}

    return match


def tagged(row: Row) -> TaggedArticle:
    """A row of the filter `tag` (or `thread`) as the message that the services would carry."""
    title, text = str(row.get("title") or ""), str(row.get("text") or "")
    url = str(row.get("url") or "")
    fetched = _moment(row.get("fetched_at")) or _moment(row.get("published_at")) or UNKNOWN_TIME
    tokens = fold_tokens(text)
    return TaggedArticle.model_validate(
        {
            "id": str(row["id"]) if row.get("id") is not None else article_id(url),
            "capture_id": str(row.get("id")),
            "revision": max(0, milliseconds(fetched)),
            "url": url,
            "canonical_url": url,
            "source": str(row.get("source") or ""),
            "source_name": str(row.get("source_name") or row.get("source") or ""),
            "site": str(row.get("site") or urlsplit(url).hostname or "").removeprefix("www."),
            "fetched_at": fetched,
            "first_seen": fetched,
            "published_at": _moment(row.get("published_at")),
            "title": title,
            "text": text,
            "authors": row.get("authors") or (),
            "language": row.get("language"),
            "title_tokens": fold_tokens(title),
            "text_tokens": tokens,
            "fingerprint": article_id(tokens),
            "topics": [Topic.model_validate(topic) for topic in row.get("topics") or ()],
            "entities": row.get("entities") or (),
            "countries": row.get("countries") or (),
            "events": row.get("events") or (),
        }
    )


def standard_input() -> Iterator[str]:
    """Lines as they come, so that a filter can stand in a pipe that never ends."""
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    yield from iter(sys.stdin.readline, "")


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise BadLine(f"{name}: missing, or not a text")
    return value


def _moment(value: Any) -> datetime | None:
    if not value:
        return None
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise BadLine(f"not an ISO 8601 time: {value!r}") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _iso(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat().replace("+00:00", "Z")
