"""An article as Elasticsearch keeps it."""

import json
from typing import Any

from schemas.events import ThreadedArticle
from services.kit.query.evaluate import compared_keywords, spaced_tokens
from services.store.elastic.schema import languages
from services.store.terms import micros, published_micros

Json = dict[str, Any]

_LANGUAGES = frozenset(languages())


def body_of(article: ThreadedArticle) -> str:
    """The message as JSON, and beside it what searches need, which is never read back."""
    own = {"title": article.title_tokens, "text": article.text_tokens}
    # What the evaluator compares is what is indexed. The mapping copies the tokens from title_tokens and
    # text_tokens; articles without them get them here.
    search: Json = {
        **{field: sorted(values) for field, values in compared_keywords(article).items()},
        **{field: tokens for field, tokens in spaced_tokens(article).items() if not own[field].strip()},
        "published": published_micros(article),
        "fetched": micros(article.fetched_at),
        "opens_story": article.story == article.id,
    }
    beside: Json = {"search": search}
    if article.language in _LANGUAGES:
        beside["stemmed"] = {article.language: {"title": article.title, "text": article.text}}
    return f"{article.model_dump_json()[:-1]},{json.dumps(beside, ensure_ascii=False)[1:]}"
