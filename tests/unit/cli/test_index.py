"""newswatch index and retention, on an embedded store."""

import json
from datetime import timedelta
from pathlib import Path

from schemas.events import ThreadedArticle
from services.kit.clock import utc_now
from services.store.embedded.store import EmbeddedStore
from tests.harness import newswatch


def article(id: str, days: int) -> ThreadedArticle:
    at = utc_now() - timedelta(days=days)
    return ThreadedArticle(
        id=id,
        capture_id=f"capture-{id}",
        revision=1,
        url=f"https://example.org/{id}",
        canonical_url=f"https://example.org/{id}",
        fetched_at=at,
        first_seen=at,
        title="A title",
        text="Some text.",
        story=id,
        relation="new",
    )


def test_set_up_checked_made_anew_and_made_smaller(tmp_path: Path) -> None:
    store = f"embedded:{tmp_path / 'store'}"
    missing = newswatch("index", "check", "--store", store)
    assert missing.returncode == 69
    assert "there is no store yet" in missing.stderr
    assert newswatch("index", "setup", "--store", store).returncode == 0
    kept = EmbeddedStore(tmp_path / "store")
    kept.put_articles([article("old", 400), article("new", 1)])
    told = newswatch("retention", "365d", "--store", store)
    assert "would go" in told.stdout
    assert "nothing was deleted: --apply does it" in told.stdout
    assert kept.known(["old", "new"]) == {"old", "new"}
    assert "deleted" in newswatch("retention", "365d", "--apply", "--store", store).stdout
    assert kept.known(["old", "new"]) == {"new"}
    assert "search: built anew" in newswatch("index", "reindex", "--all", "--store", store).stdout
    kept.close()
    checked = newswatch("index", "check", "--json", "--store", store)
    assert checked.returncode == 0
    rows = [json.loads(line) for line in checked.stdout.splitlines()]
    assert {row["name"]: row["documents"] for row in rows} == {"store.sqlite": 1, "search": 1}


def test_a_term_that_is_none_is_refused() -> None:
    refused = newswatch("retention", "for a while")
    assert refused.returncode == 2
    assert "is no length of time" in refused.stderr


def test_templates_are_told_for_those_who_put_them_on_servers_themselves() -> None:
    bodies = json.loads(newswatch("index", "templates", "--prefix", "desk").stdout)
    assert bodies["_index_template/desk-articles"]["index_patterns"] == ["desk-articles-*"]
    assert bodies["_component_template/desk-settings"]["template"]["settings"]["index"]["codec"]
    assert bodies["_ilm/policy/desk-articles"]["policy"]["phases"]["warm"]
