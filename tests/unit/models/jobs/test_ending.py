"""Why a worker ended, what it finds in its environment, what its events add up to; without processes."""

import json
from pathlib import Path

import pytest

from gnomon.core.errors import CorruptError, InputError, NotFoundError
from gnomon.models.jobs import ending
from gnomon.models.jobs.ending import Ended, explain, last_exception
from gnomon.models.jobs.environment import worker_environment
from gnomon.models.jobs.events import JobError, Reader, Story, append, of_exception, story
from gnomon.models.jobs.folder import JobFolder, JobSpec, Script
from gnomon.models.jobs.progress import SIZE, Far, Progress, read

CHAINED = """start
Traceback (most recent call last):
  File "/a/one.py", line 1, in <module>
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/a/train.py", line 7, in <module>
    step()
  File "/venv/lib/python3.12/site-packages/torch/nn/functional.py", line 99, in linear
    return f(x)
           ^^^^
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.
done
"""


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    script = Script(["true"], str(tmp_path))
    return JobFolder.create(
        tmp_path / "home", "0123456789", JobSpec(kind="script", project="p", name="n", script=script)
    )


def test_of_a_chain_of_exceptions_the_last_is_told_at_the_line_of_the_user() -> None:
    found = last_exception(CHAINED)
    assert found is not None
    assert (found.type, found.kind, found.file, found.line) == ("OutOfMemoryError", "memory", "/a/train.py", 7)
    assert found.message == "CUDA out of memory. Tried to allocate 2.00 GiB."
    assert last_exception("nothing went wrong\nError: not an exception\n") is None
    assert last_exception("Traceback (most recent call last):\n  cut off") is None


@pytest.mark.parametrize(
    ("ended", "kind", "message"),
    [
        (Ended(137), "exit", "It ended with exit status 137. A shell says that of a program which SIGKILL ended."),
        (Ended(-9), "signal", "SIGKILL ended it: somebody, or the system, killed it."),
        (Ended(-15), "signal", "SIGTERM ended it."),
        (Ended(-63), "signal", "signal 63 ended it."),
        (
            Ended(-9, 3 << 29, oom=True),
            "memory",
            (
                "The system ended it for lack of memory: it held 1.5 GiB of 8.0 GiB. "
                "Use smaller batches or a smaller model, or fewer jobs at a time."
            ),
        ),
        (
            Ended(-9, int(7.5 * 2**30)),
            "memory",
            (
                "The system ended it for lack of memory: it held 7.5 GiB of 8.0 GiB. "
                "Use smaller batches or a smaller model, or fewer jobs at a time."
            ),
        ),
        (Ended(-11, 1 << 20, oom=True), "signal", "SIGSEGV ended it: native code touched memory that is not its own."),
    ],
)
def test_how_a_process_ended_in_words(ended: Ended, kind: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "memory_limit", lambda: 8 << 30)
    found = explain(ended)
    assert (found.kind, found.message) == (kind, message)


def test_the_last_lines_are_kept_where_there_is_no_exception() -> None:
    found = explain(Ended(3, printed="\n".join(map(str, range(100)))))
    assert found.trace.splitlines() == [str(n) for n in range(80, 100)]


def test_an_exception_is_told_by_the_innermost_line_that_is_not_a_librarys() -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads("{")
    found = of_exception(caught.value)
    assert (found.type, found.kind, Path(found.file).name) == ("JSONDecodeError", "user", "test_ending.py")
    assert of_exception(MemoryError()).kind == "memory"
    assert of_exception(RuntimeError("DefaultCPUAllocator: can't allocate memory")).kind == "memory"


def test_events_add_up_and_half_a_line_waits(folder: JobFolder) -> None:
    reader, found = Reader(folder), Story()
    append(folder, "starting", attempt=1, device="cpu")
    append(folder, "running", pid=7, step=0, run="r1")
    found.add(reader.read())
    assert (found.state, found.worker, found.runs, found.device) == ("running", 7, ["r1"], "cpu")
    with folder.events.open("ab") as file:
        file.write(b'not a line\n{"t": 3, "event": "checkpoint", "st')
        file.flush()
        assert reader.read() == []
        file.write(b'ep": 5}\n')
    found.add(reader.read())
    assert (found.state, found.checkpoint, found.step) == ("running", 5, 5)
    append(folder, "stopping")
    append(folder, "paused")
    assert found.add(reader.read()).state == "stopping"
    append(folder, "failed", error=JobError("E", "no"))
    append(folder, "restarted")
    append(folder, "running")
    found.add(reader.read())
    assert (found.state, found.error, found.restarts, found.ended) == ("running", None, 1, False)
    append(folder, "finished", step=9)
    append(folder, "ended")
    found.add(reader.read())
    assert (found.state, found.ended, found.worker) == ("finished", True, None)
    assert story(folder) == found


def test_progress_is_256_bytes_whatever_is_told(folder: JobFolder) -> None:
    assert read(folder) == Far()
    progress = Progress(folder)
    for loss in (1e-300, float("nan"), -1.5):
        progress.tell(2**60, 2**61, 1 / 3, 10**9, loss)
        assert folder.progress.stat().st_size == SIZE
    assert read(folder) == Far(2**60, 2**61, 1 / 3, 10**9, -1.5)
    assert read(folder).share == 0.5
    assert Far(epoch=3, epochs=2).share == 1.0
    progress.close()
    folder.progress.write_text("torn")
    assert read(folder) == Far()


def test_a_worker_sees_its_card_and_no_token(folder: JobFolder) -> None:
    ours = {"PATH": "/bin", "GNOMON_TOKEN": "secret", "GNOMON_URL": "http://x", "CUDA_VISIBLE_DEVICES": "2,5"}
    found = worker_environment(folder, "cuda:1", 0, 2, {"PATH": "/mine"}, script=True, ours=ours)
    assert found == {
        "PATH": "/mine",
        "CUDA_VISIBLE_DEVICES": "5",
        "PYTHONUNBUFFERED": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "GNOMON_HOME": str(folder.home),
        "GNOMON_JOB": folder.id,
        "GNOMON_JOB_FOLDER": str(folder.path),
        "GNOMON_JOB_DEVICE": "cuda:1",
        "GNOMON_JOB_LIFE": "2",
    }
    graph = worker_environment(folder, "cpu", 3, 1, {}, script=False, ours={"OMP_WAIT_POLICY": "ACTIVE"})
    assert (graph["OMP_NUM_THREADS"], graph["MKL_NUM_THREADS"], graph["OMP_WAIT_POLICY"]) == ("3", "3", "ACTIVE")
    assert "CUDA_VISIBLE_DEVICES" not in graph


def test_a_folder_is_found_by_an_id_and_by_nothing_else(tmp_path: Path, folder: JobFolder) -> None:
    with pytest.raises(NotFoundError):
        JobFolder.of(tmp_path, "../etc")
    with pytest.raises(NotFoundError):
        JobFolder.of(tmp_path, "0123456789").spec()
    assert folder.spec().script == Script(["true"], str(tmp_path))
    folder.spec_file.write_text("{")
    with pytest.raises(CorruptError):
        folder.spec()


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (JobSpec(kind="graph", project="p", name="n"), "graph"),
        (JobSpec(kind="graph", project="p", name="n", graph={}, device="tpu"), "device"),
        (JobSpec(kind="graph", project="p", name="n", graph={}, priority=101), "priority"),
        (JobSpec(kind="graph", project="p", name="n", graph={}, restarts=-1), "restarts"),
        (JobSpec(kind="script", project="p", name="n"), "script.argv"),
    ],
)
def test_what_cannot_be_a_job_names_the_field(spec: JobSpec, field: str) -> None:
    with pytest.raises(InputError) as caught:
        spec.check()
    assert caught.value.field == field
