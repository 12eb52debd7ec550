"""However journals grow, tear, and are polled, and however often pump and store fail: each call is stored once, in order."""

import shutil
import tempfile
from concurrent.futures import Future
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gnomon.core import journal, liveness
from gnomon.core.batch import Batch
from gnomon.core.folder import JournalFile, make_private
from gnomon.store.engine import Appended
from gnomon.store.memory import MemoryEngine
from gnomon.store.pump import JournalPump

RUNS = ("r" * 20, "s" * 20)
WRITERS = ("a" * 12, "b" * 12)
HOST, PID, STARTED = liveness.identity()


class Source:
    """One writer: a journal that is written a few bytes at a time."""

    def __init__(self, root: Path, run: str, writer: str) -> None:
        self.file = JournalFile(root / run / f"{writer}.j", run, writer)
        who = {"host": HOST, "pid": PID, "started": STARTED, "child": writer == WRITERS[1]}
        opened = journal.Open(run=run, project="p", writer=writer, name="n", us=1, **who)
        self.data = journal.encode(journal.OPEN, opened) + journal.encode(journal.KEYS, 0, [f"x/{writer}"])
        self.written = self.calls = 0

    def log(self) -> None:
        self.data += journal.Layout(0, 1).record(self.calls, self.calls, (float(self.calls),))
        self.calls += 1

    def flush(self, count: int) -> None:
        make_private(self.file.path.parent)
        with self.file.path.open("ab") as stream:
            stream.write(self.data[self.written : self.written + count])
        self.written = min(len(self.data), self.written + count)


class World:
    def __init__(self, root: Path) -> None:
        self.root, self.engine, self.now = root, MemoryEngine(), 0.0
        self.sources = [Source(root, run, writer) for run in RUNS for writer in WRITERS]
        self.waiting: list[tuple[Batch, Future[Appended]]] = []
        self.restart()

    def restart(self) -> None:
        self.waiting.clear()
        self.pump = JournalPump(self.root, self.engine, self.submit, clock=lambda: self.now)

    def submit(self, batch: Batch) -> "Future[Appended]":
        future: Future[Appended] = Future()
        self.waiting.append((batch, future))
        return future

    def commit(self, *, failing: bool = False, answered: bool = True) -> None:
        """Settle what waits; a store may fail, or store and die before it says so."""
        for batch, future in self.waiting:
            outcome: object = OSError(5, "I/O error") if failing else self.engine.append([batch])[0]
            if not answered:
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
        self.waiting.clear()
        if not answered:
            self.restart()


actions = st.one_of(
    st.tuples(st.just("log"), st.integers(0, 3)),
    st.tuples(st.just("write"), st.integers(0, 3), st.integers(1, 300)),
    st.tuples(st.sampled_from(["poll", "commit", "fail", "crash", "restart", "wait"])),
)


@given(st.lists(actions, max_size=80))
def test_every_call_is_stored_once_and_in_order_whatever_happens_between(plan: list[tuple]) -> None:
    root = Path(tempfile.mkdtemp())
    try:
        world = World(root)
        for action, *arguments in plan:
            match action:
                case "log":
                    world.sources[arguments[0]].log()
                case "write":
                    world.sources[arguments[0]].flush(arguments[1])
                case "poll":
                    world.pump.poll()
                case "commit" | "fail" | "crash":
                    world.commit(failing=action == "fail", answered=action != "crash")
                case "restart":
                    world.restart()
                case "wait":
                    world.now += 3
        for source in world.sources:
            source.data += journal.encode(
                journal.CLOSE, 10**9, None if source.file.writer == WRITERS[1] else "finished", None
            )
            source.flush(len(source.data))
        for _ in range(6):
            world.now += 3
            world.pump.poll()
            world.commit()
        for source in world.sources:
            points = world.engine.points(source.file.run, f"x/{source.file.writer}") if source.calls else None
            assert source.calls == 0 or (points and points.step.tolist()) == list(range(source.calls))
        assert ([r.state for r in world.engine.runs()], world.pump.problems) == (["finished"] * 2, [])
        assert (world.pump.pending(), list(root.iterdir())) == ([], [])
    finally:
        shutil.rmtree(root)
