"""Subscriptions in YAML files: one or a list in each, written short.

    name: Diplomats expelled
    query: event:expulsion AND country:NO
    every: fact
    deliver: [console, desk-mail, https://hook.example/news]
    digest: daily 07:30            # hourly :15, weekly friday 07:30
    quiet: 22:00-07:00
    zone: Europe/Oslo

The id is the file's name, or is given. Every other field is that of the message Subscription.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from schemas.events import Channel, Digest, Subscription
from services.kit import plain_yaml
from services.kit.subscribing.check import problems

ORIGIN = "files"
_DIGEST = re.compile(r"(hourly|daily|weekly)(?:\s+([a-z]+))?(?:\s+(\d{0,2}:\d\d))?", re.IGNORECASE)
_EVERY = {"hourly": "hour", "daily": "day", "weekly": "week"}
_QUIET = re.compile(r"(\d\d:\d\d)\s*[-–]\s*(\d\d:\d\d)")
_OURS = frozenset({"version", "origin", "created_at"})
FIELDS = tuple(name for name in Subscription.model_fields if name not in _OURS)


class SubscriptionsError(Exception):
    """Files that cannot be used: a line for each problem, with file, line, cause and way out."""


@dataclass(frozen=True, slots=True)
class Written:
    """A subscription and where it stands."""

    subscription: Subscription
    file: str
    line: int


def load(folder: Path) -> list[Subscription]:
    """All subscriptions of the folder's YAML files, ordered by id. SubscriptionsError where one is wrong: it
    is all of them or none, so that a slip of the pen deletes nothing.
    """
    try:
        files = sorted(
            path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"} and path.is_file()
        )
        texts = {path: path.read_text(encoding="utf-8") for path in files}
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else f"a file is not UTF-8 ({error.reason})"
        raise SubscriptionsError(
            f"subscriptions folder {folder}: {cause}; name one that can be read"
        ) from error
    wrong: list[str] = []
    found: dict[str, Written] = {}
    for path, text in texts.items():
        try:
            written = parse(text, str(path), path.stem)
        except SubscriptionsError as error:
            wrong.append(str(error))
            continue
        for each in written:
            before = found.setdefault(each.subscription.id, each)
            if before is not each:
                wrong.append(
                    f"{each.file}:{each.line}: subscription {each.subscription.id!r} is also in "
                    f"{before.file}:{before.line}; give it another id"
                )
    if wrong:
        raise SubscriptionsError("\n".join(wrong))
    return [found[id].subscription for id in sorted(found)]


def parse(text: str, file: str, stem: str) -> list[Written]:
    """The subscriptions of one file; `stem` names the only one of a file that gives no id."""
    try:
        read = plain_yaml.read(text)
    except plain_yaml.NotYaml as error:
        where = f"{file}:{error.line}" if error.line is not None else file
        raise SubscriptionsError(f"{where}: not YAML: {error}") from error
    if read.node is None:
        return []
    if isinstance(read.node, yaml.SequenceNode) and isinstance(read.value, list):
        entries = list(zip(read.value, read.node.value, strict=True))
    else:
        entries = [(read.value, read.node)]
    only = stem if len(entries) == 1 else ""
    wrong: list[str] = []
    found: list[Written] = []
    for given, node in entries:
        try:
            found.append(Written(_subscription(given, only), file, plain_yaml.line_of(node)))
        except _Wrong as error:
            wrong += [
                f"{file}:{plain_yaml.line_of(node, field)}: {problem}" for field, problem in error.problems
            ]
    if wrong:
        raise SubscriptionsError("\n".join(wrong))
    return found


def short(given: Mapping[str, Any]) -> Subscription:
    """One subscription as it would be written, its id among the fields; made by hand. SubscriptionsError says
    what is wrong, with the field.
    """
    try:
        return _subscription(given, "").model_copy(update={"origin": ""})
    except _Wrong as error:
        raise SubscriptionsError(
            "; ".join(f"{field}: {problem}".removeprefix(": ") for field, problem in error.problems)
        ) from error


def expanded(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, with those that are written short (deliver, digest, quiet) as the model has them.
    SubscriptionsError where one cannot be read.
    """
    try:
        return _expanded(given)
    except _Wrong as error:
        raise SubscriptionsError(
            "; ".join(f"{field}: {problem}" for field, problem in error.problems)
        ) from error


def digest_in_words(digest: Digest) -> str:
    """As it is written: weekly friday 07:30."""
    if digest.every == "hour":
        return f"hourly {digest.at[2:]}"
    return f"daily {digest.at}" if digest.every == "day" else f"weekly {digest.on} {digest.at}"


def written(subscriptions: Iterable[Subscription]) -> str:
    """As they would stand in a file; `parse` gives them back, but for what only a store knows."""
    plain = [_short(each) for each in subscriptions]
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=100) if plain else ""


class _Wrong(Exception):
    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__(problems)
        self.problems = problems


def _subscription(given: Any, id: str) -> Subscription:
    if not isinstance(given, Mapping):
        raise _Wrong([("", "no subscription; write `name:`, `query:` and what else it needs")])
    unknown = [str(name) for name in given if name not in FIELDS]
    if unknown:
        raise _Wrong([(name, f"no field {name!r}{plain_yaml.meant(name, FIELDS)}") for name in unknown])
    fields = {"id": id, **given, "origin": ORIGIN}
    fields.setdefault("name", fields["id"] or fields.get("query", ""))
    try:
        subscription = Subscription.model_validate(_expanded(fields))
    except _Wrong:
        raise
    except ValidationError as error:
        raise _Wrong([_said(each) for each in error.errors(include_url=False)]) from error
    wrong = problems(subscription)
    if wrong:
        raise _Wrong(wrong)
    return subscription


def _expanded(given: Mapping[str, Any]) -> dict[str, Any]:
    read = {"deliver": _deliver, "digest": _digest, "quiet": _quiet}
    return {name: read[name](value) if name in read else value for name, value in given.items()}


def _said(error: Any) -> tuple[str, str]:
    field = str(error["loc"][0]) if error["loc"] else ""
    path = ".".join(str(part) for part in error["loc"])
    if field == "id" and not error.get("input"):
        return "", "several in one file: give each an `id:`"
    return field, f"{path}: {error['msg']}"


def _deliver(given: Any) -> Any:
    if not isinstance(given, list | tuple):
        given = [given]
    return tuple(_channel(each) if isinstance(each, str) else each for each in given)


def _channel(text: str) -> Channel:
    if text in {"console", "feed"}:
        return Channel(kind="console" if text == "console" else "feed")
    if "://" in text:
        return Channel(kind="webhook", url=text)
    return Channel(kind="named", name=text)


def _digest(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    match = _DIGEST.fullmatch(given.strip())
    if match is None:
        raise _Wrong([("digest", f"{given!r}: write hourly :15, daily 07:30 or weekly friday 07:30")])
    every, day, at = match.groups()
    fields = {"every": _EVERY[every.lower()]}
    if day:
        fields["on"] = day.lower()
    if at:
        fields["at"] = at.rjust(5, "0") if not at.startswith(":") else f"00{at}"
    return fields


def _quiet(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    match = _QUIET.fullmatch(given.strip())
    if match is None:
        raise _Wrong([("quiet", f"{given!r}: write 22:00-07:00")])
    return {"start": match[1], "end": match[2]}


def _short(each: Subscription) -> dict[str, Any]:
    plain = each.model_dump(mode="json", include=set(FIELDS), exclude_defaults=True)
    if "deliver" in plain:
        plain["deliver"] = [channel.url or channel.name or channel.kind for channel in each.deliver]
    return {name: plain[name] for name in FIELDS if name in plain}
