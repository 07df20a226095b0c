"""Short texts in Han, kana and Hangul, a letter of which says as much as two or three of an alphabet. Pure.

The extractor has learned how long paragraphs are from pages in alphabets. Where it finds little on a page in
these scripts, it is shown the page once more with a filler behind each such letter.
"""

import re

from lxml.html import HtmlElement

from services.cleaner.extract.article import Paragraph, size
from services.cleaner.extract.article import extract as extract_as_it_is

SHORT = 1_000  # characters of a text that is looked for again
LEAST = 40  # such letters of a page that is
LARGEST = 1_000_000  # characters of it: what is larger is none of a short text
FILLER = "\u2060"  # no white space, and in no text that is mended
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def extract(html: str) -> tuple[HtmlElement, list[Paragraph]]:
    """As services.cleaner.extract.article.extract."""
    tree, body = extract_as_it_is(html)
    if size(body) >= SHORT or not _is_dense(html):
        return tree, body
    _, filled = extract_as_it_is(_DENSE.sub(lambda letter: letter[0] + FILLER, html))
    found = [Paragraph(each.kind, each.text.replace(FILLER, "")) for each in filled]
    return tree, found if size(found) > size(body) else body


def _is_dense(html: str) -> bool:
    if len(html) > LARGEST:
        return False
    return sum(1 for _, _ in zip(_DENSE.finditer(html), range(LEAST), strict=False)) == LEAST
