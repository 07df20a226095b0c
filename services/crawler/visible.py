"""What a reader sees of a page, in lines: what must differ for a capture to be an edit. Pure.

Left out is what sites change without a word of the article changing: scripts and what is hidden, navigation,
advertisements and boxes beside the article, lines that are a link as a whole, times and counts.
"""

import re
from collections.abc import Iterator
from typing import Any

import lxml.html
from lxml import etree

from services.crawler.passing import passing

UNSEEN = (
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "canvas", "audio", "video",
    "head", "nav", "footer", "aside", "button", "select", "textarea", "option", "datalist", "dialog", "menu",
)  # fmt: skip
INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong",
    "sub", "sup", "time", "tt", "u", "var", "wbr",
})  # fmt: skip
ROLES = frozenset({"navigation", "complementary", "contentinfo", "search", "dialog", "alertdialog", "menu"})
BESIDE = re.compile(
    r"^(?:ads?|adv|advert\w*|adslot|adunit|sponsor\w*|cookie\w*|consent\w*|gdpr\w*|newsletter\w*|related\w*|"
    r"recommend\w*|outbrain\w*|taboola\w*|trending|most-?(?:read|popular)|comments|disqus\w*|share|sharing|"
    r"social|breadcrumbs?)(?:$|[-_])",
    re.IGNORECASE,
)
HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


def lines(html: str) -> tuple[str, ...]:
    """The title and each block's text, white space folded, in the order of the page, none of them twice.
    Empty where the page shows no text.
    """
    tree = _parse(html)
    if tree is None:
        return ()
    told = (line for text in (_title(tree), *_blocks(tree)) if (line := " ".join(text.split())))
    return tuple(dict.fromkeys(line for line in told if not passing(line)))


def _parse(html: str) -> Any:
    try:
        # As bytes: lxml refuses text that declares an encoding of its own.
        return lxml.html.document_fromstring(
            html.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8")
        )
    except (etree.LxmlError, ValueError):
        return None


def _title(tree: Any) -> str:
    """What the page is called, unless its headline is told anyway."""
    metas = (meta.get("content") for meta in tree.iter("meta") if meta.get("property") == "og:title")
    title = " ".join((next(metas, "") or tree.findtext(".//title") or "").split())
    headlines = (" ".join(h1.text_content().split()) for h1 in tree.iter("h1"))
    return "" if any(headline and headline in title for headline in headlines) else title


def _blocks(tree: Any) -> Iterator[str]:
    """The text of each block; without those that are a link as a whole, if they are no headline."""
    etree.strip_elements(tree, *UNSEEN, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    beside = _Beside(tree)
    block: list[str] = []
    links = headlines = 0  # in which we are
    tells = False
    skipped = None
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        opens = event == "start"
        if opens and beside(element):
            walk.skip_subtree()
            skipped = element
            continue
        if element.tag not in INLINE:
            if tells:
                yield "".join(block)
            block, tells = [], False
        if element is not skipped:
            links += (element.tag == "a") * (1 if opens else -1)
            headlines += (element.tag == "h1") * (1 if opens else -1)
        text = (element.text if opens else element.tail) or ""
        block.append(text)
        tells = tells or ((not links or headlines > 0) and any(map(str.isalnum, text)))
    if tells:
        yield "".join(block)


class _Beside:
    """Whether an element is hidden or stands beside the article. What holds the headline, the article or
    most of the page's text does neither, whatever it is called.
    """

    def __init__(self, tree: Any) -> None:
        self._half = len(tree.text_content()) / 2
        self._holders = {above for h1 in tree.iter("h1") for above in (h1, *h1.iterancestors())}
        for article in tree.iter("article", "main"):
            self._holders |= {article, *article.iterancestors()}

    def __call__(self, element: Any) -> bool:
        told = element.attrib
        if element.tag != "header" and not told:
            return False
        names = (told.get("class", "") + " " + told.get("id", "")).split()
        judged = (
            element.tag == "header"
            or "hidden" in told
            or told.get("aria-hidden") == "true"
            or told.get("role") in ROLES
            or HIDDEN.search(told.get("style", ""))
            or any(map(BESIDE.match, names))
        )
        return bool(judged) and element not in self._holders and len(element.text_content()) <= self._half
