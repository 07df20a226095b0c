"""The golden stories as messages, and how well a threading of articles agrees with a truth."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from schemas.events import Article, TaggedArticle
from services.kit.text import fold_tokens
from services.tagger.core import tag
from services.tagger.knowledge import load_knowledge

T0 = datetime(2026, 3, 3, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Golden:
    """Articles in order, the story of each, and whose text it repeats."""

    articles: tuple[TaggedArticle, ...]
    stories: Mapping[str, str]
    copies: Mapping[str, str]


def load(name: str = "golden.yaml") -> Golden:
    rows = yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))["articles"]
    return Golden(
        tuple(_article(row) for row in rows),
        {row["id"]: row["story"] for row in rows},
        {row["id"]: row["copy_of"] for row in rows if "copy_of" in row},
    )


def as_printed() -> Golden:
    """Stories as papers print them, with the tagger's tags."""
    golden = load("as_printed.yaml")
    knowledge = load_knowledge()
    articles = (
        tag(Article(**{name: getattr(each, name) for name in Article.model_fields}), knowledge)
        for each in golden.articles
    )
    return Golden(tuple(articles), golden.stories, golden.copies)


def _article(row: Mapping[str, Any]) -> TaggedArticle:
    at = T0 + timedelta(minutes=row["minute"])
    return TaggedArticle.model_validate(
        {
            "id": row["id"],
            "capture_id": row["id"],
            "revision": 1,
            "url": f"https://{row['id']}.example/",
            "canonical_url": f"https://{row['id']}.example/",
            "site": row["source_name"].lower().replace(" ", "") + ".example",
            "source_name": row["source_name"],
            "fetched_at": at,
            "first_seen": at,
            "published_at": at,
            "title": row["title"],
            "text": row["text"].strip(),
            "title_tokens": fold_tokens(row["title"]),
            "text_tokens": fold_tokens(row["text"]),
            "language": row["language"],
            "countries": row.get("countries", ()),
            "entities": row.get("entities", ()),
            "events": row.get("events", ()),
        }
    )


def b_cubed(truth: Mapping[str, str], found: Mapping[str, str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of a clustering: article → cluster, both of the same articles."""
    true_members, found_members = _members(truth), _members(found)
    precision = recall = 0.0
    for id, cluster in found.items():
        both = len(found_members[cluster] & true_members[truth[id]])
        precision += both / len(found_members[cluster])
        recall += both / len(true_members[truth[id]])
    precision, recall = precision / len(found), recall / len(found)
    return precision, recall, 2 * precision * recall / (precision + recall)


def pairs(truth: Sequence[frozenset[str]], found: Sequence[frozenset[str]]) -> tuple[float, float]:
    """Precision and recall of pairs; 1 where there is none to be right about."""
    right = len(set(truth) & set(found))
    return right / len(set(found)) if found else 1.0, right / len(set(truth)) if truth else 1.0


def _members(clusters: Mapping[str, str]) -> dict[str, set[str]]:
    members: defaultdict[str, set[str]] = defaultdict(set)
    for id, cluster in clusters.items():
        members[cluster].add(id)
    return members
