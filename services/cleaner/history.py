"""What a site puts under all of its articles, learned from them: paragraphs that recur where the subject
does not. Pure: what comes out depends on the articles alone and on their order.

A paragraph is furniture once MANY articles of a site had it that have no word of their titles in common, and
that had hardly a word of the paragraph elsewhere. So a quotation or a background paragraph that recurs in
reports on one affair is none, nor is what copies, edits and further captures of an article share. At the
edges of a text that is enough; in between it takes more.
"""

import hashlib
import zlib
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain, pairwise
from operator import or_

from schemas.events import Article, Entry
from services.kit.text import fold_tokens

MANY = 4  # articles on different subjects, this one included
MANY_WITHIN = 8  # for a paragraph that stands between others
LONGEST = 400  # characters of a paragraph that may be furniture
LEAST = 8  # and at least
TOP, BOTTOM = 2, 4  # paragraphs at the edges, beside those that were furniture
MOST_SITES = 500
MOST_PARAGRAPHS = 400  # of a site; those that were not seen for longest go first
MOST_SEEN = 3_000  # articles of a site after which a paragraph that was not seen again is forgotten
WORD = 4  # letters of a word that tells of a subject
STEM = 6  # letters of it that count
BITS = 1024  # for the words of a title: two that fall on one bit make titles more alike, which is safe
SHARED = 0.25  # of a paragraph's words that the rest of the article may have, too
KEY = 16  # letters of an article's id that tell it from the others of its site
LEAST_LEFT = 12  # words; what would leave less is left as it is


@dataclass(slots=True)
class Known:
    """A paragraph of a site: the articles on different subjects that had it, and a bit for each word of their
    titles.
    """

    subjects: tuple[int, ...] = ()
    articles: tuple[str, ...] = ()
    last: int = 0


@dataclass(slots=True)
class Site:
    """`seen`: how many articles; `paragraphs`: digest → what is known, the one seen last at the end."""

    seen: int = 0
    paragraphs: dict[int, Known] = field(default_factory=dict)


class History:
    """Of all sites; at most MOST_SITES × MOST_PARAGRAPHS paragraphs, of which only digests are kept."""

    def __init__(self) -> None:
        self._sites: OrderedDict[str, Site] = OrderedDict()

    def without_furniture(self, article: Article) -> Article:
        """The article without its site's furniture, which is learned from it as well."""
        paragraphs = article.text.split("\n\n")
        site = self._site(article.site)
        tokens = [fold_tokens(paragraph) for paragraph in paragraphs]
        digests = [_digest(each) for each in tokens]
        _learn(site, article, [_words(each) for each in tokens], digests)
        furniture = _furniture(site, digests)
        if not furniture:
            return article
        kept = [each for i, each in enumerate(paragraphs) if i not in furniture]
        text = "\n\n".join(kept)
        if max(len(text.split()), len(text) // 8 if not text.isascii() else 0) < LEAST_LEFT:
            return article
        gone = {digests[i] for i in furniture}
        left = " ".join(each for i, each in enumerate(tokens) if i not in furniture and each)
        return article.model_copy(
            update={
                "text": text,
                "entries": tuple(_entry(entry, gone) for entry in article.entries),
                "text_tokens": left,
                "fingerprint": hashlib.sha256(left.encode()).hexdigest(),
            }
        )

    def _site(self, name: str) -> Site:
        site = self._sites.setdefault(name, Site())
        self._sites.move_to_end(name)
        if len(self._sites) > MOST_SITES:
            self._sites.popitem(last=False)
        return site


def _learn(site: Site, article: Article, words: Sequence[frozenset[str]], digests: Sequence[int]) -> None:
    """`words`: of each paragraph."""
    site.seen += 1
    title = _words(article.title_tokens)
    known = [site.paragraphs.get(digest) for digest in digests]
    # A copy under another name, or an article in new words: most of it has been seen in another one.
    own_id = article.id[:KEY]
    new = sum(each is None or own_id in each.articles for each in known)
    if not title or (len(known) > 2 and new * 2 < len(known)):
        return
    subject = _bits(title)
    had = Counter(chain(title, *words))
    for digest, own, paragraph in zip(digests, words, article.text.split("\n\n"), strict=True):
        if LEAST <= len(paragraph) <= LONGEST:
            shared = sum(had[word] > 1 for word in own)
            _note(site, digest, own_id, subject if shared <= SHARED * len(own) else 0)
    while site.paragraphs:
        oldest = next(iter(site.paragraphs))
        forgotten = site.seen - site.paragraphs[oldest].last > MOST_SEEN
        if len(site.paragraphs) <= MOST_PARAGRAPHS and not forgotten:
            break
        del site.paragraphs[oldest]


def _note(site: Site, digest: int, article: str, subject: int) -> None:
    """`subject`: 0 where the paragraph belongs to it."""
    known = site.paragraphs.pop(digest, None) or Known()
    known.last = site.seen
    site.paragraphs[digest] = known  # at the end
    if not subject or article in known.articles or len(known.subjects) >= MANY_WITHIN:
        return
    if not any(subject & other for other in known.subjects):
        known.subjects += (subject,)
        known.articles += (article,)


def _furniture(site: Site, digests: Sequence[int]) -> set[int]:
    """Places of the paragraphs that are furniture."""
    evidence = [
        len(known.subjects) if (known := site.paragraphs.get(digest)) is not None else 0 for digest in digests
    ]
    found = {i for i, count in enumerate(evidence) if count >= MANY_WITHIN}
    for edge, places in ((TOP, range(len(digests))), (BOTTOM, range(len(digests) - 1, -1, -1))):
        found |= _at_edge(evidence, places, edge)
    return found


def _at_edge(evidence: Sequence[int], places: Iterable[int], width: int) -> set[int]:
    """From the edge inwards, until so many paragraphs in a row are none."""
    found: set[int] = set()
    passed = 0
    for i in places:
        if evidence[i] >= MANY:
            found.add(i)
            passed = 0
        else:
            passed += 1
            if passed >= width:
                break
    return found


def _entry(entry: Entry, gone: set[int]) -> Entry:
    kept = [each for each in entry.text.split("\n\n") if _digest(fold_tokens(each)) not in gone]
    return entry.model_copy(update={"text": "\n\n".join(kept)})


def _words(tokens: str) -> frozenset[str]:
    """Those that tell of a subject, cut to their stems; of scripts without spaces, pairs of characters."""
    words = tokens.split()
    long = {word[:STEM] for word in words if len(word) >= WORD and not word.isdigit()}
    pairs = {a + b for a, b in pairwise(words) if len(a) == len(b) == 1 and a > "\u2e7f"}
    return frozenset(long | pairs)


def _bits(words: Iterable[str]) -> int:
    return reduce(or_, (1 << zlib.crc32(word.encode()) % BITS for word in words), 0)


def _digest(tokens: str) -> int:
    return int.from_bytes(hashlib.blake2b(tokens.encode(), digest_size=8).digest())
