"""From a captured page to an article: the main text without what surrounds it, and its metadata. Pure."""

import hashlib

from lxml.html import HtmlElement

from schemas.events import Article, RawPage
from services.cleaner import boilerplate, edits, metadata
from services.cleaner.dateline import take as dateline_of
from services.cleaner.dense import extract
from services.cleaner.extract.article import Paragraph
from services.cleaner.extract.parse import LARGEST, Unreadable
from services.cleaner.kind import NoArticle, judge
from services.cleaner.live_text import live_text
from services.cleaner.mend import is_garbled, mend
from services.cleaner.metadata.agencies import credited
from services.cleaner.no_html import no_html
from services.kit.language import language
from services.kit.step import Reject
from services.kit.text import fold_tokens
from services.kit.urls import article_id, canonical_of_page, site


def clean(page: RawPage) -> Article:
    """The article on the page; Reject where there is none."""
    canonical_url = _canonical(page)
    tree, body = _extract(page)
    said = metadata.read(tree, page.html, page.url, page.fetched_at, _hints(page))
    title = mend(said.title)
    whole = boilerplate.strip(mend("\n".join(paragraph.text for paragraph in body)), title, said.authors)
    if is_garbled(whole):
        raise Reject(f"no text on {page.url}: it was read in a wrong encoding", "garbled")
    judged = judge(page.html, tree, page.url, whole)
    if isinstance(judged, NoArticle):
        raise Reject(f"no article on {page.url}: {judged.reason}", judged.code)
    dateline, text = dateline_of(whole)
    text, entries = live_text(text, judged.entries) if judged.entries else (text, ())
    tokens = fold_tokens(text)
    claimed = [*said.languages, *([page.language] if page.language else [])]
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
        discovered_at=page.discovered_at,
        discovered_via=page.discovered_via,
        published_at=said.published_at,
        modified_at=said.modified_at,
        title=title,
        text=text,
        kind=judged.kind,
        entries=entries,
        authors=tuple(mend(author) for author in said.authors),
        language=language(f"{title}\n{text}", claimed),
        site_name=mend(said.site_name),
        agencies=tuple(dict.fromkeys((*said.agencies, *credited(whole)))),
        dateline=dateline,
        image=said.image,
        section=mend(said.section),
        keywords=tuple(map(mend, said.keywords)),
        paywalled=said.paywalled,
        archive=page.archive,
        backfill=page.backfill,
        gone_at=page.gone_at,
        title_tokens=fold_tokens(title),
        text_tokens=tokens,
        fingerprint=hashlib.sha256(tokens.encode()).hexdigest(),
        previous_revision=page.previous.revision if page.previous else None,
        difference=edits.of_article(page.difference, title, whole),
    )


def _hints(page: RawPage) -> metadata.Hints:
    return metadata.Hints(
        title=page.feed_title,
        published_at=page.feed_published_at,
        site_name=page.source_name or None,
    )


def _extract(page: RawPage) -> tuple[HtmlElement, list[Paragraph]]:
    if len(page.html) > LARGEST:
        cause = f"{len(page.html):,} characters, more than {LARGEST:,}"
        raise Reject(f"no article at {page.url}: {cause}", "too-large")
    if other := no_html(page.html):
        raise Reject(f"no HTML at {page.url}: {other}", "no-html")
    try:
        return extract(page.html)
    except Unreadable as error:
        raise Reject(f"no HTML at {page.url}: {error}", "empty") from error


def _canonical(page: RawPage) -> str:
    try:
        return canonical_of_page(page.url, page.html)
    except ValueError as error:
        raise Reject(f"page without a usable address: {error}", "no-address") from error
