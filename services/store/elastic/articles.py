"""Articles in Elasticsearch: one index a month, external versions, searches by the evaluator's own terms."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from elasticsearch import NotFoundError

from schemas.events import Remembered, ThreadedArticle
from services.kit.query.tree import Node
from services.store.elastic.bulk import Fate, Operation
from services.store.elastic.captures import Captures
from services.store.elastic.doc import body_of
from services.store.elastic.names import month_of
from services.store.elastic.query import translate
from services.store.elastic.server import IDS_AT_ONCE, WINDOW, Server
from services.store.protocol import Found, Outcome
from services.store.terms import cursor, micros, place_of, refusal

Json = dict[str, Any]

_TRIES = 3
_MOST_LINKS = 1000  # articles of a story that are asked which other stories it is
_NEWEST: list[Json] = [{"search.published": "desc"}, {"id": "asc"}]


class Articles:
    """The articles of a Server; captures are noted as indexed."""

    def __init__(self, server: Server, captures: Captures) -> None:
        self._server = server
        self._captures = captures

    def put(self, articles: Sequence[ThreadedArticle]) -> list[Outcome]:
        errors = [refusal(article) for article in articles]
        sound = [article for article, error in zip(articles, errors, strict=True) if not error]
        fates = iter(self._server.bulk([self._operation(article) for article in sound]))
        outcomes = [
            Outcome("refused", error) if error else _outcome(article, next(fates))
            for article, error in zip(articles, errors, strict=True)
        ]
        kept = [
            article.capture_id
            for article, outcome in zip(articles, outcomes, strict=True)
            if outcome.status != "refused"
        ]
        self._captures.note("indexed", kept)
        return outcomes

    def get(self, id: str) -> ThreadedArticle | None:
        # In real time, which is by index; nobody knows here in which month the article was seen first.
        docs: list[Json] = []
        for _ in range(_TRIES):
            with self._server.errors():
                try:
                    indices = self._server.client.indices.get_alias(name=self._server.index("articles"))
                    asked = [{"_index": index, "_id": id} for index in indices]
                    docs = self._server.client.mget(docs=asked)["docs"]
                except NotFoundError:
                    return None
            if not any("error" in doc for doc in docs):
                break  # else an index was replaced by another one in between
        found = [doc for doc in docs if doc.get("found")]
        return _article(max(found, key=lambda doc: int(doc["_version"]))) if found else None

    def known(self, ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(ids), IDS_AT_ONCE):
            asked = list(ids[start : start + IDS_AT_ONCE])
            with self._server.errors():
                hits = self._server.client.search(
                    index=self._server.index("articles"),
                    query={"ids": {"values": asked}},
                    source=False,
                    # One that was found under two addresses may be there in two months.
                    size=2 * IDS_AT_ONCE,
                    ignore_unavailable=True,
                )["hits"]["hits"]
            found |= {hit["_id"] for hit in hits}
        return found

    def search(self, query: Node, limit: int = 20, offset: int = 0, after: str | None = None) -> Found:
        asked = translate(query)
        place = None if after is None else place_of(after)
        if offset + limit >= WINDOW:
            walk = self._server.walk("articles", asked, _NEWEST, place)
            with self._server.errors():
                total = self._server.count("articles", asked)
            hits = list(islice(walk, offset, offset + limit + 1))
        else:
            answer = self._server.hits("articles", asked, _NEWEST, limit + 1, offset, place)
            total, hits = answer["total"]["value"], answer["hits"]
        page = tuple(map(_article, hits[:limit]))
        return Found(total, page, cursor(page[-1]) if page and len(hits) > limit else None)

    def scan(self, query: Node) -> Iterator[ThreadedArticle]:
        yield from map(_article, self._server.walk("articles", translate(query), _NEWEST))

    def latest(self, limit: int = 50) -> list[ThreadedArticle]:
        order: list[Json] = [{"search.fetched": "desc"}, {"id": "asc"}]
        hits = self._server.hits("articles", {"match_all": {}}, order, limit)["hits"]
        return [_article(hit) for hit in hits]

    def story(self, id: str, limit: int = 200) -> list[ThreadedArticle]:
        order: list[Json] = [{"search.fetched": "asc"}, {"id": "asc"}]
        ids, asked = {id}, set[str]()
        while ids != asked:  # until no article names a further story that is this one
            asked = set(ids)
            any_of = [{"terms": {field: sorted(asked)}} for field in ("story", "same_stories")]
            linked: Json = {"bool": {"filter": [{"exists": {"field": "same_stories"}}], "should": any_of}}
            linked["bool"]["minimum_should_match"] = 1
            for hit in self._server.hits("articles", linked, order, _MOST_LINKS)["hits"]:
                ids.update((hit["_source"]["story"], *hit["_source"]["same_stories"]))
        hits = self._server.hits("articles", {"terms": {"story": sorted(ids)}}, order, limit)["hits"]
        return [_article(hit) for hit in hits]

    def remembered_since(self, moment: datetime) -> Iterator[Remembered]:
        self._server.refresh("articles")
        asked = {"range": {"search.fetched": {"gte": micros(moment)}}}
        fields = sorted(Remembered.model_fields)
        for hit in self._server.walk("articles", asked, [{"search.fetched": "asc"}], fields=fields):
            yield Remembered.model_validate(hit["_source"])

    def fetched_since(self, moment: datetime) -> Iterator[ThreadedArticle]:
        self._server.refresh("articles")
        asked = {"range": {"search.fetched": {"gte": micros(moment)}}}
        yield from map(_article, self._server.walk("articles", asked, [{"search.fetched": "asc"}]))

    def _operation(self, article: ThreadedArticle) -> Operation:
        # A revision says which version of the article it is: an older or equal one is a conflict.
        action = {
            "_index": f"{self._server.index('articles')}-{month_of(article.first_seen)}",
            "_id": article.id,
            "version": article.revision,
            "version_type": "external",
        }
        return Operation({"index": action}, body_of(article))


def _outcome(article: ThreadedArticle, fate: Fate) -> Outcome:
    if fate.refused:
        return Outcome("refused", f"article {article.id}: {fate.error}")
    return Outcome("stale" if fate.conflict else "stored")


def _article(hit: Json) -> ThreadedArticle:
    return ThreadedArticle.model_validate(hit["_source"])
