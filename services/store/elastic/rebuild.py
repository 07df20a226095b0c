"""An index is made anew with another mapping while it is written to, and takes the old one's place.

All that is there is copied into a new index, then what was written meanwhile, and so on until little is left.
Then the old one takes no more writes for a moment (whoever writes waits and tries again), the rest is copied,
and in one step the new index gets the old one's name and the old one goes. Killed at any time before that
step, nothing has changed but for an index too many, and perhaps the old one closed to writing: doing it again
mends both.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from elasticsearch import ApiError, BadRequestError, TransportError
from pydantic import ValidationError

from schemas.events import ThreadedArticle
from services.store.elastic.bulk import Operation
from services.store.elastic.doc import body_of
from services.store.elastic.inspect import to_rebuild
from services.store.elastic.schema import SCHEMA, Schema, mark_of
from services.store.elastic.server import Server
from services.store.elastic.setup import Index, add_aliases, indices_there, put_templates

Json = dict[str, Any]

_AT_ONCE = 500  # documents read and written at a time
_FEW = 500  # so many left to copy are copied while nobody writes
_MOST_PASSES = 20


def rebuild(server: Server, schema: Schema, *, everything: bool, again: bool) -> Iterator[str]:
    """Those indices that cannot learn what this newswatch wants, or each; the templates first, so that what
    is made meanwhile is right at once.
    """
    with server.errors():
        there = indices_there(server)
        newest = max((mark_of(index.mappings)[0] for index in there), default=0)
        if newest > SCHEMA:
            raise server.unavailable(
                f"its indices are a newer newswatch's (schema {newest}, here {SCHEMA})", "upgrade newswatch"
            )
        put_templates(server, schema)
    begun = {index.place for index in there if not index.live}
    for index in to_rebuild(there, schema, everything=everything):
        yield from _Rebuilt(server, schema, index).run(again=again)
        begun.discard(index.place.next)
    if again:
        # Of those that need no rebuilding any more, or never did.
        for place in sorted(begun, key=lambda each: each.index):
            with server.errors():
                server.client.indices.delete(index=place.index, ignore_unavailable=True)
        for index in there:
            open_for_writing(server, index.name)


class _Rebuilt:
    """One index while it is rebuilt."""

    def __init__(self, server: Server, schema: Schema, old: Index) -> None:
        self._server = server
        self._schema = schema
        self._old = old.name
        self._place = old.place
        self._new = old.place.next
        self._copied_to = -1  # the sequence number up to which all is copied

    def run(self, *, again: bool) -> Iterator[str]:
        """What is done, step by step. `again`: what another one has left is thrown away. Raises
        StoreUnavailable; the old index is then in use as before.
        """
        with self._server.errors():
            self._create(again)
            passes = 0
            while True:
                copied = self._copy()
                passes += 1
                yield f"{self._place.served}: {copied} copied"
                if copied <= _FEW or passes == _MOST_PASSES:
                    break
            self._server.client.indices.add_block(index=self._old, block="write")
            try:
                self._copy()
                self._drop_what_was_deleted()
                self._switch()
            except BaseException:
                open_for_writing(self._server, self._old)
                raise
            yield f"{self._place.served}: is {self._new.index} now"

    def _create(self, again: bool) -> None:
        indices = self._server.client.indices
        if again:
            indices.delete(index=self._new.index, ignore_unavailable=True)
            open_for_writing(self._server, self._old)
        settings = self._schema.settings(self._place.kind)
        if "lifecycle" in settings["index"]:
            # It is as old as what it holds.
            told = indices.get_settings(index=self._old)[self._old]["settings"]["index"]
            born = told.get("lifecycle", {}).get("origination_date", told["creation_date"])
            settings["index"]["lifecycle"] = {**settings["index"]["lifecycle"], "origination_date": born}
        try:
            indices.create(
                index=self._new.index, settings=settings, mappings=self._schema.mappings(self._place.kind)
            )
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise
            raise self._server.unavailable(
                f"{self._new.index} is there already: another reindex is at work, or was killed",
                "if none is at work, newswatch index reindex --again begins anew",
            ) from error

    def _copy(self) -> int:
        """What was written since the last time; how many documents."""
        complete = self._complete()
        self._server.client.indices.refresh(index=self._old)
        asked: Json = {"range": {"_seq_no": {"gt": self._copied_to}}}
        batch: list[Operation] = []
        copied = 0
        hits = self._server.walk_index(self._old, asked, _AT_ONCE)
        for hit in hits:
            batch.append(self._operation(hit))
            copied += 1
            if len(batch) == _AT_ONCE:
                self._server.certainly(batch)
                batch = []
        self._server.certainly(batch)
        self._copied_to = complete
        return copied

    def _complete(self) -> int:
        """The sequence number up to which no write is on its way in any shard."""
        (told,) = self._server.client.indices.stats(index=self._old, level="shards", metric="docs")[
            "indices"
        ].values()
        return min(
            int(copy["seq_no"]["local_checkpoint"])
            for copies in told["shards"].values()
            for copy in copies
            if copy["routing"]["primary"]
        )

    def _operation(self, hit: Json) -> Operation:
        """Nobody else writes to the new index, and what was written later is copied later: no conflicts."""
        place: Json = {"_index": self._new.index, "_id": hit["_id"]}
        if self._place.kind != "articles":
            return Operation({"index": place}, hit["_source"])
        place |= {"version": hit["_version"], "version_type": "external_gte"}
        try:
            body = body_of(ThreadedArticle.model_validate(hit["_source"]))
        except ValidationError as error:
            raise self._server.unavailable(
                f"{self._old}/{hit['_id']} is no article that this newswatch can read",
                "nothing was switched: look at it, mend or delete it",
            ) from error
        return Operation({"index": place}, body)

    def _drop_what_was_deleted(self) -> None:
        self._server.client.indices.refresh(index=self._new.index)
        counts = [self._count(name) for name in (self._old, self._new.index)]
        if counts[1] > counts[0]:
            everything: Json = {"match_all": {}}
            kept = {hit["_id"] for hit in self._server.walk_index(self._old, everything, 5000, source=False)}
            there = self._server.walk_index(self._new.index, everything, 5000, source=False)
            self._server.certainly(
                [
                    Operation({"delete": {"_index": self._new.index, "_id": hit["_id"]}})
                    for hit in there
                    if hit["_id"] not in kept
                ]
            )
            self._server.client.indices.refresh(index=self._new.index)
            counts[1] = self._count(self._new.index)
        if counts[0] != counts[1]:
            raise self._server.unavailable(
                f"{self._new.index} has {counts[1]} documents, {self._old} {counts[0]}",
                "nothing was switched: newswatch index reindex --again begins anew",
            )

    def _switch(self) -> None:
        named: Json = {"add": {"index": self._new.index, "alias": self._place.served}}
        read = add_aliases(self._server, [self._new.index]) if self._place.kind == "articles" else []
        gone: Json = {"remove_index": {"index": self._old}}
        self._server.client.indices.update_aliases(actions=[gone, named, *read])

    def _count(self, index: str) -> int:
        return int(self._server.client.count(index=index)["count"])


def open_for_writing(server: Server, index: str) -> None:
    """What closed it for a moment is taken back; where that fails, doing it again mends it."""
    with contextlib.suppress(ApiError, TransportError):
        server.client.indices.put_settings(index=index, settings={"index.blocks.write": None})
