"""What must change so that the subscriptions in the store are those of the files. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.events import Subscription
from services.kit.subscribing.files import ORIGIN


@dataclass(frozen=True, slots=True)
class Change:
    """One subscription that is changed: before, after, and the fields that differ."""

    before: Subscription
    after: Subscription
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`taken`: ids that were made by hand and are kept in files from now on; they are among the changed."""

    new: tuple[Subscription, ...] = ()
    changed: tuple[Change, ...] = ()
    gone: tuple[Subscription, ...] = ()
    unchanged: int = 0
    taken: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.new or self.changed or self.gone)

    @property
    def put(self) -> tuple[Subscription, ...]:
        return (*self.new, *(each.after for each in self.changed))


def plan(wanted: Iterable[Subscription], there: Iterable[Subscription], now: datetime) -> Plan:
    """Only what came from files goes when it is in no file any more; what was made by hand stays."""
    kept = {each.id: each for each in there}
    new: list[Subscription] = []
    changed: list[Change] = []
    unchanged = 0
    names = set()
    for each in wanted:
        names.add(each.id)
        before = kept.get(each.id)
        if before is None:
            new.append(each.model_copy(update={"created_at": now}))
            continue
        after = each.model_copy(update={"created_at": before.created_at})
        fields = tuple(
            name for name in Subscription.model_fields if getattr(before, name) != getattr(after, name)
        )
        if fields:
            changed.append(Change(before, after, fields))
        else:
            unchanged += 1
    return Plan(
        new=tuple(new),
        changed=tuple(changed),
        gone=tuple(each for id, each in kept.items() if each.origin == ORIGIN and id not in names),
        unchanged=unchanged,
        taken=tuple(each.after.id for each in changed if each.before.origin != ORIGIN),
    )


def told(plan: Plan) -> list[str]:
    """The plan in lines, as a diff is read."""
    lines = [f"+ {each.id}: {each.query}" for each in plan.new]
    for change in plan.changed:
        took = " (was made by hand)" if change.after.id in plan.taken else ""
        lines.append(f"~ {change.after.id}{took}")
        lines += [
            f"    {name}: {getattr(change.before, name)!r} → {getattr(change.after, name)!r}"
            for name in change.fields
            if name != "origin"
        ]
    lines += [f"- {each.id}: {each.query}" for each in plan.gone]
    return lines
