"""What the crawler has learned, on disk and on its way there."""

from pathlib import Path

from services.crawler.memory import Memory
from services.crawler.state import State


def test_what_is_put_is_there_at_once_and_after_a_flush_for_good(tmp_path: Path) -> None:
    state = State(tmp_path)
    memory = Memory(state.database)
    memory.put("hub", "a", "1")
    memory.put("hub", "b", "2")
    memory.put("way", "a", "3")
    assert (memory.get("hub", "a"), memory.all("hub")) == ("1", {"a": "1", "b": "2"})
    assert Memory(state.database).all("hub") == {}
    memory.flush()
    assert Memory(state.database).all("hub") == {"a": "1", "b": "2"}
    # None: forgotten at once, and for good.
    memory.put("hub", "a", None)
    assert (memory.get("hub", "a"), memory.all("hub")) == (None, {"b": "2"})
    memory.flush()
    other = Memory(state.database)
    assert (other.get("hub", "a"), other.all("hub"), other.get("way", "a")) == (None, {"b": "2"}, "3")
    state.close()
