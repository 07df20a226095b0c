import socket
from pathlib import Path

import pytest

from services.cli.place import Place, PlaceError, free_port
from tests.harness import newswatch


def test_a_folder_that_cannot_be_made_is_named_with_the_cause(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(PlaceError, match=r"data folder .*file/data: .*--data"):
        Place(file / "data").prepare()


def test_one_newswatch_a_folder(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.prepare()
    with place.lock(), pytest.raises(PlaceError, match=r"runs in .* already"):
        place.lock()
    with place.lock():
        pass


def test_what_a_killed_run_left_is_forgotten_and_numbers_are_remembered(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.prepare()
    place.write_running({"pid": 1, "store": "embedded:/elsewhere"})
    (place.ready_files / "crawler.json").write_text("{}")
    place.remember("edition", 7)
    assert place.store == "embedded:/elsewhere"
    place.forget_last_run()
    assert place.running() == {}
    assert list(place.ready_files.iterdir()) == []
    assert place.store == f"embedded:{tmp_path / 'store'}"
    assert place.remembered("edition", 0) == 7


def test_a_port_that_is_taken_is_not_given() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(wanted=port) != port


def one_line(arguments: list[str], *parts: str) -> None:
    answer = newswatch(*arguments)
    assert answer.returncode != 0
    assert answer.stderr.count("\n") == 1, answer.stderr
    for part in parts:
        assert part in answer.stderr


def test_the_command_line_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    file = tmp_path / "file"
    file.write_text("sources:\n  - id: A B\n")
    one_line(["up", "--data", str(file / "x")], "data folder", "--data")
    one_line(["up", *data, "--sources", str(tmp_path / "none.yaml")], "none.yaml", "No such file")
    one_line(["up", *data, "--sources", str(file)], f"{file}:2")
    one_line(["subscribe", "diplomats", "--webhook", "ftp://x", *data], "--webhook ftp://x", "http(s)")
    one_line(
        ["subscribe", "diplomats", "--every", "minute", *data], "--every minute", "story, fact or article"
    )
    one_line(["dead", "replay", "abc", *data], "no broker is known")
    one_line(["dead", "show", "abc", *data], "there is no store yet")
    assert newswatch("subscribe", "diplomats", *data).returncode == 0
    one_line(["dead", "show", "abc", *data], "no dead letters begin with 'abc'")


def test_no_broker_is_one_clear_line(tmp_path: Path) -> None:
    port = free_port()
    newswatch("subscribe", "diplomats", "--data", str(tmp_path))
    answer = newswatch("dead", "replay", "--all", "--broker", f"127.0.0.1:{port}", "--data", str(tmp_path))
    assert answer.returncode != 0
    assert f"broker 127.0.0.1:{port}" in answer.stderr.splitlines()[-1]
    assert "NEWSWATCH_BROKER" in answer.stderr.splitlines()[-1]
