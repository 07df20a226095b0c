"""How many take part, and to how many it is done. Pure."""

from typing import Final

from services.tagger.phrases import Item, Items

_REACH: Final = 4  # words between a number and those whom it counts


def crowd(items: Items) -> int | None:
    """The number of those who march or stop working: "Some 5,000 farmers rallied"."""
    for index, item in enumerate(items):
        if item.number is None or item.number < 2 or item.has("article"):
            continue
        for each in items[index + 1 : index + 1 + _REACH]:
            if _are_people(each):
                return item.number
            if not (each.unknown or each.mention or each.has("of", "counter", "adjective")):
                break
    return None


def counted(items: Items, codes: tuple[str, ...]) -> int | None:
    """How many of the nationals of `codes` the sentence counts: "21 senior Venezuelan officials"."""
    for index, item in enumerate(items):
        mention = item.mention
        if mention is None or mention.code not in codes or mention.kind not in ("adjective", "people"):
            continue
        for each in reversed(items[max(0, index - _REACH) : index]):
            if each.number is not None and not each.has("article"):
                return each.number
            if not (each.unknown or each.has("of", "counter", "adjective", "people", "former", "others")):
                break
    return None


def _are_people(item: Item) -> bool:
    nationals = item.mention is not None and item.mention.kind == "people"
    return nationals or item.has("people", "workers", "others", "staff")
