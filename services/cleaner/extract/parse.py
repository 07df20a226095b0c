"""From HTML as text to a tree, in time and memory that a page cannot stretch. Pure."""

import re

from lxml import etree
from lxml.html import HtmlElement

LARGEST = 8_000_000  # characters of a page
MOST_CUTS = 20_000  # elements that are cut out before the page is parsed
MOST_TAGS = 150_000  # that are read, those that close among them: each costs a microsecond, and 300 bytes
# What is two thirds of an average page and none of its article. libxml2 stops at the end of the document,
# browsers go on: pages that end twice are no rarity.
_IDLE = r"script|style|svg|noscript|select"
_ENDS = r"/(?:body|html)>"
_CUT = re.compile(rf"<(?:({_IDLE}|nav|footer)[\s>]|{_ENDS})")
_CUT_WHOLE = re.compile(rf"<(?:({_IDLE})[\s>]|{_ENDS})")
KEPT = "ld+json"  # scripts that hold what a page says of itself
# libxml2 compares each attribute of a tag with all before it: a tag of this length may have too many of them.
LONG_TAG = 10_000
_LONG_TAG = re.compile(r"<([a-zA-Z][\w-]{0,40})\s[^<>]{10000,}")
MOST_ATTRIBUTES = 1_500


class Unreadable(ValueError):
    """There is no page in this text; the message says why."""


def parse(html: str, whole: bool = False) -> HtmlElement:
    """The tree without comments, scripts but JSON-LD, styles and drawings; unless whole, without navigation
    and footers, too.

    Unreadable where there is none. Elements more than 256 deep are left out, as libxml2 does it, and what
    comes after MOST_TAGS.
    """
    if len(html) > LARGEST:
        raise Unreadable(f"{len(html):,} characters of HTML, more than {LARGEST:,}")
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    # One class for all elements: lxml.html's own parser asks Python for the class of each, a quarter of the
    # work.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    kept = cut(html, _CUT_WHOLE if whole else _CUT)
    if kept.count("<") > MOST_TAGS:
        kept = "<".join(kept.split("<", MOST_TAGS)[:MOST_TAGS])
    if any(kept.find(">", at, at + LONG_TAG) < 0 for at in range(0, len(kept), LONG_TAG)):
        kept = _LONG_TAG.sub(_fewer_attributes, kept)
    try:
        # As bytes: lxml refuses text that declares an encoding of its own.
        tree = etree.fromstring(kept.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise Unreadable(str(error)) from error
    if tree is None:
        raise Unreadable("nothing but white space or comments")
    return tree


def cut(html: str, what: re.Pattern[str] = _CUT) -> str:
    """Without these elements, from their tag to the next end of their kind; one that has no end stays."""
    kept = []
    endless: set[str] = set()
    at = start = 0
    for _ in range(MOST_CUTS):
        found = what.search(html, start)
        if found is None:
            break
        opening, start, name = found.start(), found.end(), found.group(1)
        if name in endless:
            continue
        if name:
            inside = html.find(">", start - 1)
            if name == "script" and KEPT in html[start:inside]:
                continue
            end = inside if html[inside - 1] == "/" and name == "svg" else html.find(f"</{name}", inside)
            end = html.find(">", end) + 1 if end >= 0 else 0
            if inside < 0:
                break
            if not end:
                endless.add(name)
                continue
            if name == "nav" and html.find("<h1", inside, end) >= 0:
                continue  # some write the headline as the last of the breadcrumbs
            start = end
        kept.append(html[at:opening])
        at = start
    kept.append(html[at:])
    return "".join(kept)


def _fewer_attributes(tag: re.Match[str]) -> str:
    written = tag.group()
    return f"<{tag.group(1)}" if len(written.split()) > MOST_ATTRIBUTES else written
