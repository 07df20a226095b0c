"""The query language: one reading of it, for subscriptions, searches and backtests alike."""

from services.kit.query.evaluate import View, evidence, holds, matched_event, matches, prepare
from services.kit.query.explain import explain
from services.kit.query.lex import QueryError
from services.kit.query.parse import is_open, parse

__all__ = [
    "QueryError",
    "View",
    "evidence",
    "explain",
    "holds",
    "is_open",
    "matched_event",
    "matches",
    "parse",
    "prepare",
]
