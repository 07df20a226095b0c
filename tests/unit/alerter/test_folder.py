import os
from datetime import UTC, datetime
from pathlib import Path

from schemas.events import Subscription
from services.alerter.folder import Folder
from services.store.embedded.store import EmbeddedStore

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_the_store_follows_the_folder(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    store.setup()
    store.put_subscription(Subscription(id="by-hand", name="H", query="x"))
    files = tmp_path / "files"
    files.mkdir()
    folder = Folder(files, store, lambda: NOW)

    def ids() -> list[str]:
        folder.look()
        return [each.id for each in store.subscriptions()]

    assert ids() == ["by-hand"]
    (files / "one.yaml").write_text("query: x\n", encoding="utf-8")
    (files / "two.yaml").write_text("query: y\n", encoding="utf-8")
    assert ids() == ["by-hand", "one", "two"]
    (files / "two.yaml").unlink()
    (files / "one.yaml").write_text("query: (\n", encoding="utf-8")
    assert ids() == ["by-hand", "one", "two"], "what is wrong changes nothing"
    (files / "one.yaml").write_text("query: z\n", encoding="utf-8")
    os.utime(files / "one.yaml", ns=(1, 1))
    assert ids() == ["by-hand", "one"]
    assert store.subscriptions()[1].query == "z"
    files.rename(tmp_path / "away")
    assert ids() == ["by-hand", "one"], "a folder that is not there deletes nothing"
    store.close()
