import numpy as np

from gnomon.core.batch import Batch, Frame, Object
from gnomon.store.bus import Bus, Event, Removed, item_bytes
from gnomon.store.engine import Appended, RunInfo


def removed(number: int) -> Removed:
    return Removed(f"r{number}", "p")


def heavy(size: int) -> Appended:
    frame = Frame(("a",), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((1, size // 8)))
    return Appended(Batch("r", "", 0, 0, (frame,)), RunInfo(0, "r", "p", "n", "running", 0, 0))


def test_events_are_read_from_where_one_stands() -> None:
    bus = Bus()
    for number in range(3):
        bus.publish([removed(number)])
    events = bus.since(1)
    assert events == [Event(2, (removed(1),), 1000), Event(3, (removed(2),), 1000)]
    assert (bus.since(3), bus.since(4), bus.head) == ([], None, 3)


def test_publishing_nothing_is_no_event() -> None:
    bus = Bus()
    bus.publish([])
    assert (bus.head, bus.since(0)) == (0, [])


def test_old_events_are_dropped_by_number() -> None:
    bus = Bus(max_events=2)
    for number in range(5):
        bus.publish([removed(number)])
    assert [e.seq for e in bus.since(3) or []] == [4, 5]
    assert bus.since(2) is None


def test_old_events_are_dropped_by_size_even_a_single_one() -> None:
    bus = Bus(max_bytes=100_000)
    for _ in range(5):
        bus.publish([heavy(40_000)])
    assert [e.seq for e in bus.since(3) or []] == [4, 5]
    assert bus.size_bytes <= 100_000
    bus.publish([heavy(200_000)])
    assert (bus.since(5), bus.since(6), bus.size_bytes) == (None, [], 0)


def test_cursors_belong_to_one_life_of_the_server() -> None:
    bus, other = Bus(), Bus()
    bus.publish([removed(0)])
    assert bus.position(bus.cursor()) == 1
    assert bus.position(bus.cursor(0)) == 0
    assert other.position(bus.cursor()) is None
    assert [bus.position(text) for text in ("", "x", f"{bus.boot}:", f"{bus.boot}:2", f"{bus.boot}:" + "9" * 5000)] == [
        None
    ] * 5


def test_listeners_are_poked_after_the_event_can_be_read_until_they_stop() -> None:
    bus = Bus()
    heads: list[int] = []
    stop = bus.listen(lambda: heads.append(bus.head))
    bus.publish([removed(0)])
    stop()
    bus.publish([removed(1)])
    assert heads == [1]


def test_the_size_of_objects_counts_their_bytes() -> None:
    assert item_bytes(Object("k", "text", 0, 0, {}, b"x" * 500)) == 700
