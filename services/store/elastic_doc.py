"""An article as Elasticsearch keeps it."""

from typing import Any

from schemas.events import ThreadedArticle
from services.kit.query.evaluate import prepare
from services.store.elastic_schema import languages
from services.store.terms import micros, published_micros

Json = dict[str, Any]

_LANGUAGES = frozenset(languages())


def body_of(article: ThreadedArticle) -> Json:
    """The message, and beside it what searches need: never read back, always made from the message."""
    body = article.model_dump(mode="json")
    # The evaluator's own view of the article: what it compares is what is indexed. The mapping copies
    # the tokens from title_tokens and text_tokens; articles without them get them here.
    view = prepare(article)
    tokens = {"title": article.title_tokens, "text": article.text_tokens}
    body["search"] = {
        **{field: sorted(values) for field, values in view.keywords.items()},
        **{field: held.spaced for field, held in view.tokens.items() if not tokens[field]},
        "published": published_micros(article),
        "fetched": micros(article.fetched_at),
        "opens_story": article.story == article.id,
    }
    if article.language in _LANGUAGES:
        body["stemmed"] = {article.language: {"title": article.title, "text": article.text}}
    return body
