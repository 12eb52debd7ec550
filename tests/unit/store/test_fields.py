"""What is known of a run, whichever of its journals is read first."""

from itertools import permutations

from gnomon.core import journal
from gnomon.core.batch import Batch, decode_batch
from gnomon.store.memory import MemoryEngine

RUN = "0123456789abcdefghjk"


def read(writer: str, opened_us: int, closed_us: int, state: str | None, *, child: bool = False) -> Batch:
    """Return a whole journal of the run."""
    opened = journal.Open(run=RUN, project="p", writer=writer, name=f"by {writer}", us=opened_us, child=child)
    records = journal.encode(journal.OPEN, opened) + journal.encode(journal.CLOSE, closed_us, state, None)
    return decode_batch(memoryview(records), run=RUN, writer=writer, offset=0, keysets={})


def test_a_helper_that_began_after_the_end_of_a_run_does_not_make_it_run_again() -> None:
    """Its journal may be read before that of the run itself."""
    journals = [
        read("trainer", 1_000_000, 2_000_000, "failed"),
        read("helper", 3_000_000, 4_000_000, None, child=True),
        read("second", 1_500_000, 5_000_000, None, child=True),
    ]
    found = set()
    for order in permutations(journals):
        with MemoryEngine() as engine:
            engine.append(order)
            info = engine.run(RUN)
            found.add((info.state, info.name, info.created_us, info.finished_us))
    assert found == {("failed", "by trainer", 1_000_000, 2_000_000)}
