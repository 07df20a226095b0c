"""From a captured page to an article: the main text without what surrounds it, and its metadata. Pure."""

import hashlib
from datetime import datetime

from lxml.html import HtmlElement

from schemas.events import Article, RawPage
from services.cleaner import boilerplate, edits, metadata
from services.cleaner.extract.article import extract
from services.cleaner.extract.parse import LARGEST, Unreadable, parse
from services.cleaner.kind import NoArticle, judge
from services.cleaner.mend import mend
from services.cleaner.no_html import no_html
from services.kit.step import Reject
from services.kit.text import fold_tokens
from services.kit.urls import article_id, canonical_of_page, site


def clean(page: RawPage) -> Article:
    """The article on the page; Reject where there is none."""
    tree = _parse(page.html, page.url)
    said = metadata.read(tree)
    canonical_url = _canonical(page)
    title = mend(said.title or page.feed_title or "")
    text = boilerplate.strip(mend("\n".join(paragraph.text for paragraph in extract(tree))), title)
    judged = judge(page.html, tree, page.url, text)
    if isinstance(judged, NoArticle):
        raise Reject(f"no article on {page.url}: {judged.reason}", judged.code)
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
        kind=judged.kind,
        entries=judged.entries,
        authors=tuple(mend(author) for author in said.authors),
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
    if len(html) > LARGEST:
        raise Reject(f"no article at {url}: {len(html):,} characters, more than {LARGEST:,}", "too-large")
    if other := no_html(html):
        raise Reject(f"no HTML at {url}: {other}", "no-html")
    try:
        return parse(html)
    except Unreadable as error:
        raise Reject(f"no HTML at {url}: {error}", "empty") from error


def _canonical(page: RawPage) -> str:
    try:
        return canonical_of_page(page.url, page.html)
    except ValueError as error:
        raise Reject(f"page without a usable address: {error}", "no-address") from error


def _not_later(published: datetime | None, fetched: datetime) -> datetime | None:
    """A page cannot be published after it was fetched: then its clock or its zone is wrong."""
    return None if published is None else min(published, fetched)
