"""An article as Elasticsearch keeps it."""

from typing import Any

from schemas.events import ThreadedArticle
from services.kit.query.evaluate import compared_keywords, spaced_tokens
from services.store.elastic_schema import languages
from services.store.terms import micros, published_micros

Json = dict[str, Any]

_LANGUAGES = frozenset(languages())


def body_of(article: ThreadedArticle) -> Json:
    """The message, and beside it what searches need: never read back, always made from the message."""
    body = article.model_dump(mode="json")
    # What the evaluator compares is what is indexed. The mapping copies the tokens from title_tokens and
    # text_tokens; articles without them get them here.
    own = {"title": article.title_tokens, "text": article.text_tokens}
    body["search"] = {
        **{field: sorted(values) for field, values in compared_keywords(article).items()},
        **{field: tokens for field, tokens in spaced_tokens(article).items() if not own[field].strip()},
        "published": published_micros(article),
        "fetched": micros(article.fetched_at),
        "opens_story": article.story == article.id,
    }
    if article.language in _LANGUAGES:
        body["stemmed"] = {article.language: {"title": article.title, "text": article.text}}
    return body
