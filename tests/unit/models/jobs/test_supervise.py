"""The supervisor of a job, with real processes."""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from tests.unit.models.jobs.watched import Start, Watched

import gnomon
from gnomon.core.ids import run_id
from gnomon.models.jobs import events, supervise
from gnomon.models.jobs.events import Story, story
from gnomon.models.jobs.folder import JobFolder, JobSpec, Script
from gnomon.models.jobs.launch import is_supervised, launch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="jobs need sessions, pipes with names and signals")


def test_a_script_that_ends_well_is_finished_and_what_it_printed_is_kept(start: Start) -> None:
    job = start("import os, sys; print('out', os.environ['GNOMON_JOB']); print('err', file=sys.stderr)")
    found = job.end()
    assert (found.state, found.ended, found.error) == ("finished", True, None)
    assert job.names == ["starting", "running", "finished", "ended"]
    assert job.folder.tail(1000)[0].decode() == f"out {job.folder.id}\nerr\n"
    assert not is_supervised(job.folder)


def test_an_exception_is_told_with_type_message_file_and_line_and_is_not_tried_again(
    start: Start, tmp_path: Path
) -> None:
    job = start("import json\n\ndef f():\n    json.loads('{')\n\nf()\n", restarts=3)
    error = job.end().error
    assert error is not None
    assert (error.kind, error.type, error.line) == ("user", "JSONDecodeError", 4)
    assert Path(error.file).name == "train.py"
    assert "Expecting property name" in error.message
    assert error.trace.startswith("Traceback (most recent call last):")
    assert job.names == ["starting", "running", "failed", "ended"]


@pytest.mark.parametrize(
    ("argv", "kind", "what"),
    [
        (["/bin/sh", "-c", "echo so; exit 3"], "exit", "It ended with exit status 3."),
        (
            ["/bin/sh", "-c", "kill -SEGV $$"],
            "signal",
            "SIGSEGV ended it: native code touched memory that is not its own.",
        ),
        (["/no/such/program"], "start", "It could not be started: /no/such/program: No such file or directory."),
    ],
)
def test_what_cannot_run_says_why(start: Start, argv: list[str], kind: str, what: str) -> None:
    found = start(argv=argv).end()
    assert found.state == "failed"
    assert found.error is not None
    assert (found.error.kind, found.error.message) == (kind, what)


def test_too_little_memory_is_told_as_that(start: Start) -> None:
    code = """
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    bytearray(2 << 30)
    """
    error = start(code).end().error
    assert error is not None
    assert (error.kind, error.type, error.line) == ("memory", "MemoryError", 4)


def test_a_killed_worker_goes_on_until_it_is_killed_twice_at_the_same_step(start: Start) -> None:
    job = start(
        worker="""
        events.append(folder, "running", pid=os.getpid(), step=step)
        step = [0, 3, 5, 5][life]
        progress.tell(step=step, steps=10)
        save()
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    found = job.end()
    assert [line["text"] for line in job.lines if line["event"] == "restarted"] == [
        "SIGKILL at step 3",
        "SIGKILL at step 5",
    ]
    assert [line.get("step") for line in job.lines if line["event"] == "running"] == [0, 3, 5]
    assert (found.state, found.restarts, found.checkpoint) == ("failed", 2, 5)
    assert found.error is not None
    assert found.error.message.endswith("It ended twice at step 5, so it was not started again.")


def test_two_kills_from_outside_are_survived(start: Start) -> None:
    job = start(
        worker="""
        step += 1
        progress.tell(step=step)
        save()
        events.append(folder, "running", pid=os.getpid(), step=step)
        order()
        events.append(folder, "finished", step=step)
        """
    )
    for life in (1, 2):
        worker = job.until(lambda s, life=life: s.state == "running" and s.step == life).worker
        assert worker is not None
        os.kill(worker, signal.SIGKILL)
    job.until(lambda s: s.state == "running" and s.step == 3)
    job.order("checkpoint")
    assert (job.end().state, job.end().restarts) == ("finished", 2)


def test_no_more_restarts_than_allowed(start: Start) -> None:
    job = start("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", restarts=1)
    found = job.end()
    assert (found.state, found.restarts) == ("failed", 1)
    assert found.error is not None
    assert found.error.message == (
        "SIGKILL ended it: somebody, or the system, killed it. It was started again 1 times, which is as often as it may be."
    )


def test_orders_reach_the_worker_even_before_it_listens_and_a_pause_outlives_a_kill(start: Start) -> None:
    job = start(
        worker="""
        while True:
            found = order()
            if found["do"] == "pause":
                progress.tell(step=life)
                events.append(folder, "paused", pid=os.getpid(), step=life, text=str(life))
            elif found["do"] == "stop":
                events.append(folder, "stopping")
                save()
                events.append(folder, "stopped", step=step)
                break
        """
    )
    job.order("pause")
    job.until(lambda s: s.state == "paused")
    worker = next(line["pid"] for line in job.lines if line["event"] == "paused")
    os.kill(worker, signal.SIGKILL)
    job.until(lambda s: s.state == "paused" and s.restarts == 1)
    job.order("stop")
    assert job.end().state == "stopped"
    assert [line["text"] for line in job.lines if line["event"] == "paused"] == ["1", "2"]


def test_a_parked_job_goes_on_in_its_next_attempt(start: Start) -> None:
    worker = """
    step += 1
    events.append(folder, "running", pid=os.getpid(), step=step)
    assert order()["do"] in {"park", "stop"}
    save()
    events.append(folder, "parked" if step == 1 else "finished", step=step)
    """
    job = start(worker=worker)
    job.order("park")
    assert (job.end().state, job.story.checkpoint) == ("parked", 1)
    again = start(worker=worker, folder=job.folder, attempt=2)
    again.order("stop")
    assert (again.end().state, again.story.attempt, again.story.checkpoint) == ("finished", 2, 2)


def test_a_second_stop_ends_a_worker_that_does_not_listen(start: Start) -> None:
    job = start(
        worker="""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        events.append(folder, "running", pid=os.getpid())
        while True:
            signal.pause()
        """,
        grace_s=0.1,
    )
    job.until(lambda s: s.state == "running")
    job.order("stop")
    job.order("stop")
    assert job.end().state == "stopped"
    assert "restarted" not in job.names


def test_a_script_is_interrupted_then_terminated_then_killed(start: Start) -> None:
    code = """
    import signal
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda number, _: print(signal.Signals(number).name, flush=True))
    print("ready", flush=True)
    while True:
        signal.pause()
    """
    job = start(code)
    for said in (b"ready", b"SIGINT", b"SIGTERM"):
        job.until(lambda _, said=said: said in job.folder.tail(100)[0])
        job.order("stop")
    assert job.end().state == "stopped"
    assert job.folder.tail(1000)[0].decode().split() == ["ready", "SIGINT", "SIGTERM"]


def test_a_script_that_does_not_listen_is_ended_after_a_while(start: Start) -> None:
    code = """
    import signal
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    print("ready", flush=True)
    while True:
        signal.pause()
    """
    job = start(code, grace_s=0.05)
    job.until(lambda _: job.folder.tail(100)[0])
    job.order("stop")
    assert job.end().state == "stopped"


def test_a_script_that_takes_an_interrupt_is_stopped_although_it_was_paused(start: Start) -> None:
    job = start("print('ready', flush=True)\nimport signal\nwhile True: signal.pause()")
    job.until(lambda _: job.folder.tail(100)[0])
    worker = job.story.worker
    assert worker is not None
    job.order("pause")
    job.until(lambda s: s.state == "paused")
    job.until(lambda _: psutil.Process(worker).status() == psutil.STATUS_STOPPED)  # when it is its turn to run
    job.order("stop")
    assert job.end().state == "stopped"
    assert not psutil.pid_exists(worker)


def test_a_bomb_of_children_leaves_nobody(start: Start) -> None:
    code = """
    import os, signal
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for i in range(20):
        if os.fork() == 0:
            if i % 2:
                os.setpgid(0, 0)
            if os.fork():
                os._exit(0)
            os.write(1, b"x")
            while True:
                signal.pause()
    os.wait()
    while True:
        signal.pause()
    """
    job = start(code, grace_s=0.1)
    job.until(lambda _: len(job.folder.tail(100)[0]) == 20)
    session = job.story.worker
    job.order("stop")
    assert job.end().state == "stopped"
    assert [pid for pid in psutil.pids() if _session(pid) == session] == []


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0


def test_a_stop_while_it_waits_to_be_started_again_is_heard(start: Start) -> None:
    job = start(worker="progress.tell(step=life)\nos.kill(os.getpid(), signal.SIGKILL)", restarts=50)
    job.until(lambda s: s.restarts >= 2)
    job.order("stop")
    assert job.end().state == "stopped"


def test_there_is_one_supervisor_and_each_attempt_happens_once(start: Start) -> None:
    job = start("import signal\nsignal.pause()")
    job.until(lambda s: s.state == "running")
    assert is_supervised(job.folder)
    second = launch(job.folder, 2, "cpu")
    assert second.wait() == 3
    job.order("stop")
    job.end()
    late = launch(job.folder, 1, "cpu")
    assert late.wait() == 3
    assert job.names.count("starting") == 1


@pytest.mark.parametrize("has_ended", [True, False])
def test_a_supervisor_that_said_its_last_word_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_ended: bool
) -> None:
    spec = JobSpec(kind="script", project="p", name="n", script=Script(["true"], str(tmp_path)))
    folder = JobFolder.create(tmp_path, run_id(), spec)
    before = supervise.claim(folder)
    assert before is not None

    def told(asked: JobFolder) -> Story:
        os.close(before)  # it is gone, after it was found to be there
        return story(asked)

    monkeypatch.setattr(supervise, "story", told)
    events.append(folder, "starting", attempt=1)
    if has_ended:
        events.append(folder, "ended")
    found = supervise.claim(folder)
    assert (found is not None) is has_ended
    if found is not None:
        os.close(found)


def test_a_supervisor_that_is_told_to_end_parks_its_graph_and_stops_its_script(start: Start) -> None:
    graph = start(
        worker="""
        events.append(folder, "running", pid=os.getpid())
        assert order()["do"] == "park"
        events.append(folder, "parked")
        """
    )
    script = start("import signal\nprint('ready', flush=True)\nsignal.pause()")
    graph.until(lambda s: s.state == "running")
    script.until(lambda _: script.folder.tail(100)[0])
    for job in (graph, script):
        job.process.send_signal(signal.SIGTERM)
    assert [graph.end().state, script.end().state] == ["parked", "stopped"]


def test_no_zombie_is_left_by_children_of_a_worker(start: Start) -> None:
    code = """
    import os, sys
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.write(1, b"orphan ")
        os._exit(0)
    os.wait()
    sys.stdin.read()
    import signal
    print("ready", flush=True)
    signal.pause()
    """
    job = start(code)
    job.until(lambda _: {b"orphan", b"ready"} <= set(job.folder.tail(100)[0].split()))
    job.until(lambda _: _kinds(job) == ["alive"])
    job.order("stop")
    job.end()


def _kinds(job: Watched) -> list[str]:
    kinds = []
    for each in psutil.Process(job.process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            kinds.append("zombie" if each.status() == psutil.STATUS_ZOMBIE else "alive")
    return kinds


def test_a_token_of_the_server_is_not_handed_on(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_TOKEN", "secret-secret-secret")
    job = start("import os; print(sorted(name for name in os.environ if name.startswith('GNOMON_')))")
    job.end()
    printed = job.folder.tail(1000)[0].decode()
    assert "GNOMON_TOKEN" not in printed
    for name in ("GNOMON_HOME", "GNOMON_JOB", "GNOMON_JOB_DEVICE", "GNOMON_JOB_FOLDER", "GNOMON_JOB_LIFE"):
        assert f"'{name}'" in printed


def test_the_files_of_a_job_are_its_owners_alone(start: Start) -> None:
    job = start("print('so')")
    job.end()
    folder: JobFolder = job.folder
    files = [path for path in folder.path.iterdir() if path.name != "supervisor.log"]
    assert {path.name: oct(path.stat().st_mode & 0o077) for path in files} == dict.fromkeys(
        ("control", "events.jsonl", "orders", "output.log", "spec.json", "supervisor"), "0o0"
    )
    assert oct(folder.path.stat().st_mode & 0o777) == "0o700"


def test_runs_that_begin_in_a_job_are_noted_in_it_and_name_it(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    job = start(
        """
        import gnomon
        for name in ("a", "b"):
            with gnomon.init("p", name) as run:
                run.log({"loss": 1.0})
                print(run.id)
        """
    )
    assert job.end().state == "finished"
    runs = job.folder.tail(1000)[0].decode().split()
    assert job.story.runs == runs
    with gnomon.connect(home=job.folder.home) as lab:
        assert [lab.run(run).meta["job"] for run in runs] == [job.folder.id] * 2
