"""From a captured page to an article: the main text without what surrounds it, and its metadata. Pure."""

import hashlib
from datetime import datetime

from lxml.html import HtmlElement

from schemas.events import Article, RawPage
from services.cleaner import boilerplate, edits, metadata
from services.cleaner.extract.article import extract
from services.cleaner.extract.parse import Unreadable, parse
from services.kit.step import Reject
from services.kit.text import fold_tokens
from services.kit.urls import article_id, canonical_of_page, site

LEAST_WORDS = 12


def clean(page: RawPage) -> Article:
    """The article on the page; Reject where there is none."""
    tree = _parse(page.html, page.url)
    said = metadata.read(tree)
    canonical_url = _canonical(page)
    title = said.title or page.feed_title or ""
    text = boilerplate.strip("\n".join(paragraph.text for paragraph in extract(tree)), title)
    if len(text.split()) < LEAST_WORDS and not _dense(text):
        raise Reject(f"no article text on {page.url}: a front page, a video, or a page that scripts fill in")
    tokens = fold_tokens(text)
    return Article(
        id=article_id(canonical_url),
        capture_id=page.capture_id,
        revision=page.revision,
        url=page.url,
        canonical_url=canonical_url,
        source=page.source,
        source_name=page.source_name,
        site=site(canonical_url),
        country=page.country,
        fetched_at=page.fetched_at,
        first_seen=page.first_seen,
        published_at=_not_later(said.published_at or page.feed_published_at, page.fetched_at),
        modified_at=said.modified_at,
        title=title,
        text=text,
        authors=said.authors,
        language=said.language or page.language,
        archive=page.archive,
        gone_at=page.gone_at,
        title_tokens=fold_tokens(title),
        text_tokens=tokens,
        fingerprint=hashlib.sha256(tokens.encode()).hexdigest(),
        previous_revision=page.previous.revision if page.previous else None,
        difference=edits.of_article(page.difference, title, text),
    )


def _parse(html: str, url: str) -> HtmlElement:
    try:
        return parse(html)
    except Unreadable as error:
        raise Reject(f"no HTML at {url}: {error}") from error


def _canonical(page: RawPage) -> str:
    try:
        return canonical_of_page(page.url, page.html)
    except ValueError as error:
        raise Reject(f"page without a usable address: {error}") from error


def _dense(text: str) -> bool:
    """Scripts without spaces between words have few 'words' in a full paragraph."""
    return len(text) > 8 * LEAST_WORDS


def _not_later(published: datetime | None, fetched: datetime) -> datetime | None:
    """A page cannot be published after it was fetched: then its clock or its zone is wrong."""
    return None if published is None else min(published, fetched)
