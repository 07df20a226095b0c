"""What only the embedded store has to bear: crashes, damage, a full disk, a folder that is not ours."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.events import DeadLetter, Subscription, ThreadedArticle
from services.kit.query.tree import Not, Phrase, Word
from services.store.embedded import search
from services.store.embedded.doc import pack, unpack
from services.store.embedded.sql import MIGRATIONS
from services.store.embedded.store import EmbeddedStore
from services.store.protocol import StoreUnavailable

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]


def make_article(name: str, text: str = "some text", revision: int = 1) -> ThreadedArticle:
    return ThreadedArticle(
        id=name,
        capture_id=f"capture-{name}",
        revision=revision,
        url=f"https://example.org/{name}",
        canonical_url=f"https://example.org/{name}",
        fetched_at=NOON,
        first_seen=NOON,
        title=name,
        text=text,
        title_tokens=name,
        text_tokens=text,
        story=name,
        relation="new",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def opener(folder: Path) -> Iterator[Callable[..., EmbeddedStore]]:
    opened: list[EmbeddedStore] = []

    def open_another(ahead: timedelta = timedelta(0)) -> EmbeddedStore:
        store = EmbeddedStore(folder, clock=lambda: datetime.now(UTC) + ahead, patience=0.2)
        store.setup()
        opened.append(store)
        return store

    yield open_another
    for store in opened:
        store.close()


Opener = Callable[..., EmbeddedStore]


def run(script: str, folder: Path) -> subprocess.Popen[str]:
    """Run the lines in a process of their own, with `store` and `make_article` at hand."""
    prelude = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(Path(__file__).parent)!r}]\n"
        "import os, resource\n"
        "from pathlib import Path\n"
        "from test_embedded_store import EmbeddedStore, StoreUnavailable, Word, make_article\n"
        "folder = Path(sys.argv[1])\n"
        "store = EmbeddedStore(folder, patience=0.2)\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", prelude + script, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output(script: str, folder: Path) -> str:
    process = run(script, folder)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    return out


WRITER = """
store.setup()
round, n = sys.argv[1].rsplit("/", 1)[1], 0
start = store.counts().articles
while True:
    names = [f"a{start + n + i}" for i in range(5)]
    store.put_articles([make_article(name) for name in names])
    n += 5
    print(*names, sep="\\n", flush=True)
"""


def test_kill_loses_nothing_that_was_promised(folder: Path, opener: Opener) -> None:
    promised = []
    for lines in (1, 42, 137):
        process = run(WRITER, folder)
        assert process.stdout is not None
        promised += [process.stdout.readline().strip() for _ in range(lines)]
        process.kill()
        promised += process.stdout.read().split()
        process.communicate()
        store = opener()
        stored = {article.id for article in store.fetched_since(NOON)}
        assert stored >= set(promised)
        # At once: not after somebody wrote again.
        assert {article.id for article in store.search(Word("text"), limit=10_000).articles} == stored
        store.close()
    assert len(promised) >= 180


def _remove(index: Path) -> None:
    shutil.rmtree(index)


def _empty(index: Path) -> None:
    shutil.rmtree(index)
    index.mkdir()


def _spoil_meta(index: Path) -> None:
    (index / "meta.json").write_text("{")


def _truncate_segments(index: Path) -> None:
    for path in index.iterdir():
        if path.suffix in {".idx", ".store", ".term", ".fast"}:
            path.unlink()  # to shorten a file in place kills whoever has it mapped, this process too
            path.write_bytes(b"xx")


def _remove_segments(index: Path) -> None:
    for path in index.glob("*.fast"):
        path.unlink()


DAMAGES = [_remove, _empty, _spoil_meta, _truncate_segments, _remove_segments]


def fill(store: EmbeddedStore, numbers: range) -> None:
    store.put_articles([make_article(f"a{number}") for number in numbers])
    assert store.search(Word("text")).total == numbers.stop


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_index_is_built_anew(folder: Path, opener: Opener, damage: Callable[[Path], None]) -> None:
    store = opener()
    fill(store, range(30))
    store.close()
    damage(folder / "search-1")
    assert opener().search(Word("text")).total == 30
    fill(opener(), range(30, 40))


@pytest.mark.parametrize("damage", DAMAGES)
def test_reader_has_the_feeder_build_it_anew(
    folder: Path, opener: Opener, damage: Callable[[Path], None]
) -> None:
    feeder = opener()
    fill(feeder, range(30))
    damage(folder / "search-1")
    reader = opener(ahead=timedelta(minutes=1))  # for it, the articles are not just written
    assert reader.search(Word("text")).total == 30
    fill(feeder, range(30, 40))
    assert opener().search(Not(Word("nobody"))).total == 40


def test_index_of_another_database_is_built_anew(folder: Path, opener: Opener) -> None:
    store = opener()
    fill(store, range(30))
    store.close()
    for path in folder.glob("store.sqlite*"):
        path.unlink()
    store = opener()
    assert store.search(Word("text")).total == 0
    fill(store, range(2))


def test_what_nobody_fed_is_found_by_a_reader(folder: Path, opener: Opener) -> None:
    store = opener()
    fill(store, range(3))
    store.close()
    # Killed right after its database commit, before its index commit.
    output("store.setup(); store.put_articles([make_article('late')]); os._exit(0)", folder)
    assert opener().search(Word("text")).total == 4


def test_second_writer_takes_over_from_the_first(opener: Opener) -> None:
    first, second = opener(), opener()
    fill(first, range(3))
    second.put_articles([make_article("a3")])
    assert second.search(Word("text")).total == 4
    first.close()
    fill(second, range(4, 9))


def test_revised_article_is_found_by_its_new_text_alone(opener: Opener) -> None:
    store = opener()
    store.put_articles([make_article("a", "before")])
    assert store.search(Word("before")).total == 1
    store.put_articles([make_article("a", "after", revision=2)])
    assert store.search(Word("before")).total == 0
    assert store.search(Word("after")).total == 1


def test_full_disk_is_said_and_passes(folder: Path) -> None:
    out = output(
        """
store.setup()
store.put_articles([make_article("before")])
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
noise = [make_article(f"noise{n}", os.urandom(20_000).hex()) for n in range(20)]
try:
    store.put_articles(noise)
except StoreUnavailable as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(store.article("noise0"))
print({outcome.status for outcome in store.put_articles(noise)}, store.search(Word("noise7")).total)
store.close()
""",
        folder,
    )
    error, lost, again = out.splitlines()
    assert error.startswith(f"store {folder}: ")
    assert "GB free); free some space, newswatch goes on by itself" in error
    assert (lost, again) == ("None", "{'stored'} 1")


def test_full_database_is_said(opener: Opener) -> None:
    store = opener()
    with store._database.read() as connection:
        connection.execute("PRAGMA max_page_count = 20")
    with pytest.raises(StoreUnavailable, match=r"database or disk is full \(.* GB free\); free some space"):
        store.put_articles([make_article(f"a{n}", os.urandom(2000).hex()) for n in range(100)])
    assert store.counts().articles == 0


READ_ONLY = """
if os.getuid() == 0:
    os.seteuid(65534)
for action in (store.setup, store.check, lambda: store.put_articles([make_article("b")])):
    try:
        action()
    except StoreUnavailable as error:
        print(error)
"""


def test_folder_that_may_not_be_written_is_said() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as outer:
        folder = Path(outer) / "store"
        Path(outer).chmod(0o755)
        store = EmbeddedStore(folder)
        store.setup()
        fill(store, range(2))
        store.close()
        for path in (*folder.rglob("*"), folder):
            path.chmod(0o555 if path.is_dir() else 0o444)
        lines = output(READ_ONLY, folder).splitlines()
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)
    assert len(lines) == 3
    for line in lines:
        assert line.startswith(f"store {folder}: ")
        assert "make the folder writable for this user or choose another one" in line


def test_store_that_was_never_set_up_is_said(folder: Path) -> None:
    store = EmbeddedStore(folder)
    for ask in (store.check, store.counts, lambda: store.search(Word("x")), lambda: store.article("a")):
        with pytest.raises(StoreUnavailable, match="unable to open database file; there is no store yet"):
            ask()
    store.close()
    assert not folder.exists()


def test_folder_below_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match=r"store .*file/store: .*Not a directory"):
        EmbeddedStore(tmp_path / "file" / "store").setup()


def test_file_that_is_no_database_is_said(folder: Path) -> None:
    folder.mkdir()
    (folder / "store.sqlite").write_bytes(b"no database" * 500)
    with pytest.raises(StoreUnavailable, match="file is not a database; move the folder away"):
        EmbeddedStore(folder).setup()


def test_newer_tables_are_said(folder: Path, opener: Opener) -> None:
    opener()
    with sqlite3.connect(folder / "store.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreUnavailable, match="newer newswatch"):
        EmbeddedStore(folder).setup()


def test_database_held_for_long_is_said(folder: Path, opener: Opener) -> None:
    store = opener()
    holder = sqlite3.connect(folder / "store.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    for act in (store.check, lambda: store.put_articles([make_article("a")])):
        with pytest.raises(StoreUnavailable, match="database is locked; another process holds it"):
            act()
    assert store.article("a") is None
    holder.close()
    store.put_articles([make_article("a")])


def test_many_processes_set_up_at_once(folder: Path) -> None:
    processes = [
        run("store.setup(); store.check(); print(store.counts().articles)", folder) for _ in range(4)
    ]
    assert [process.communicate(timeout=30)[0] for process in processes] == ["0\n"] * 4


def test_read_your_own_writes_costs_no_second(opener: Opener) -> None:
    store = opener()
    fill(store, range(1))
    started = time.monotonic()
    for number in range(1, 6):
        fill(store, range(number, number + 1))
    assert time.monotonic() - started < timedelta(seconds=1).total_seconds()


def test_subscriptions_of_an_older_store_are_kept_and_followed(tmp_path: Path) -> None:
    subscription = Subscription(id="old", name="Old", query="x")
    with contextlib.closing(sqlite3.connect(tmp_path / "store.sqlite")) as old:
        old.executescript(MIGRATIONS[0])
        old.execute("INSERT INTO subscriptions VALUES (?, ?)", ("old", subscription.model_dump_json()))
        old.execute("PRAGMA user_version = 1")
        old.commit()
    store = EmbeddedStore(tmp_path)
    store.setup()
    assert store.subscriptions() == [subscription]
    changes = store.subscription_changes()
    assert changes.put == (subscription,)
    assert store.delete_subscription("old")
    assert store.subscription_changes(changes.version).removed == ("old",)
    assert not store.delete_subscription("old")
    store.put_subscription(subscription)
    assert store.subscriptions() == [subscription]
    store.close()


def test_dead_letters_of_an_older_store_tell_what_was_no_article(tmp_path: Path) -> None:
    letters = [
        DeadLetter(
            id=f"d{number}",
            service="cleaner",
            at=datetime(2026, 3, 1, tzinfo=UTC),
            reason=reason,  # type: ignore[arg-type]
            code=code,
            error="no article",
            topic="news.raw.v1",
            capture_id=f"c{number}",
        )
        for number, (reason, code) in enumerate([("rejected", "video"), ("rejected", ""), ("bug", "")])
    ]
    with contextlib.closing(sqlite3.connect(tmp_path / "store.sqlite")) as old:
        for script in MIGRATIONS[:3]:
            old.executescript(script)
        for letter in letters:
            old.execute(
                "INSERT INTO dead (id, at, doc) VALUES (?, 1, ?)", (letter.id, letter.model_dump_json())
            )
        old.execute("PRAGMA user_version = 3")
        old.commit()
    store = EmbeddedStore(tmp_path)
    store.setup()
    assert store.rejected(["c0", "c1", "c2"]) == {"c0": "video"}
    store.close()


def test_a_scan_gives_every_article_once_however_its_pages_fall(
    opener: Callable[..., EmbeddedStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many articles have no time of day, so that a page may end among hundreds of one moment."""
    store = opener()
    articles = [
        make_article(f"a{number:02}", f"some text {number % 3}").model_copy(
            update={"published_at": NOON + timedelta(days=number // 7 if number < 21 else number)}
        )
        for number in range(40)
    ]
    store.put_articles(articles)
    for query in (Word("text"), Phrase(("text", "some"), None, 5), Not(Word("nothing"))):
        expected = [article.id for article in store.search(query, limit=100).articles]
        assert len(expected) == 40
        for page in (1, 2, 5, 7, 39, 40, 41):
            monkeypatch.setattr(search, "_SCANNED", page)
            assert [article.id for article in store.scan(query)] == expected, f"pages of {page}"


def test_a_scan_tells_what_there_was_when_it_began(
    opener: Callable[..., EmbeddedStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opener()
    store.put_articles(
        [
            make_article(f"a{number}").model_copy(update={"published_at": NOON - timedelta(days=number)})
            for number in range(5)
        ]
    )
    monkeypatch.setattr(search, "_SCANNED", 2)
    scan = store.scan(Word("text"))
    found = [next(scan).id]
    # One that comes in between, and one that moves behind the place at which the scan is.
    store.put_articles([make_article("late").model_copy(update={"published_at": NOON - timedelta(days=3.5)})])
    moved = make_article("a0", revision=2).model_copy(update={"published_at": NOON - timedelta(days=9)})
    store.put_articles([moved])
    found += [article.id for article in scan]
    assert found == ["a0", "a1", "a2", "a3", "a4"]


def test_articles_that_an_older_newswatch_packed_are_read() -> None:
    article = make_article("a")
    assert unpack(zlib.compress(article.model_dump_json().encode(), 1)) == article
    assert unpack(pack(article)) == article
