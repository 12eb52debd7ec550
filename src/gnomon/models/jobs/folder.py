"""The folder of a job: what was asked for, and everything that is told of it while it is worked on.

<home>/jobs/<id>/spec.json      what was asked for
<home>/jobs/<id>/events.jsonl   what became of it: one line for each change, only ever appended
<home>/jobs/<id>/progress       how far it is: 256 bytes that are written over and over
<home>/jobs/<id>/orders         pipe to the supervisor: pause, resume, park, stop, checkpoint, set
<home>/jobs/<id>/control        pipe from the supervisor to the worker
<home>/jobs/<id>/output.log     what the worker printed: its beginning and its end, see output.py
<home>/jobs/<id>/supervisor     who looks after it; locked for as long as that process lives
<home>/jobs/<id>/checkpoints/   where a worker goes on
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from gnomon.core.errors import CorruptError, InputError, NotFoundError
from gnomon.core.folder import make_private, write_whole
from gnomon.core.ids import is_id
from gnomon.core.limits import check_name
from gnomon.models.jobs import output as printing

RESTARTS: Final = 3
MOST_RESTARTS: Final = 100
MOST_ARGUMENTS: Final = 10_000
PRIORITIES: Final = 100
"""Priorities go from minus this to this; 0 is usual."""
_DEVICE: Final = re.compile(r"auto|cpu|mps|cuda:\d{1,3}")


class GraphRef(msgspec.Struct, frozen=True):
    """Name the revision of a graph that a job trains."""

    id: str
    rev: int


class Script(msgspec.Struct, frozen=True):
    """Name a program: its words (no shell reads them), the folder it runs in, and what its environment holds besides."""

    argv: list[str]
    cwd: str
    env: dict[str, str] = msgspec.field(default_factory=dict)


class SweepRef(msgspec.Struct, frozen=True):
    """Name the trial of a sweep that a job is.

    Args:
        id: Of the sweep.
        name: What it is called: the group of its runs.
        trial: Number of the trial, from 1.
        point: Number of its values; trials of one point differ by their seeds.
        values: What it tries.
        seed: Its seed.
        config: What its run's config is told, unless that says so itself.
    """

    id: str
    name: str
    trial: int
    point: int = 0
    values: dict[str, Any] = msgspec.field(default_factory=dict)
    seed: int = 0
    config: dict[str, Any] = msgspec.field(default_factory=dict)


class JobSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what was asked for.

    Args:
        format: Version of this file.
        kind: A graph to be trained, or a script to be run.
        project: Where its runs go.
        name: What it is called.
        graph: Document of format graph/1.
        graph_ref: Revision of the canvas that it was taken from.
        dataset: `name@digest`.
        train: Settings of the training, as in the graph.
        seed: Of everything that is drawn.
        device: `auto`, `cpu`, `mps` or `cuda:N`.
        script: The program.
        priority: Larger ones come first, -100 to 100.
        resume_from: Folder of the checkpoint to begin with.
        restarts: How often a worker that a signal or the lack of memory ended is started again; `None`: 3 times a graph,
            which goes on at its checkpoint, and never a script, which would begin anew.
        resume_lost: Put it into the queue again when it was lost with the machine.
        components: Files of the project's own components that the graph uses, by type.
        sweep: The trial that it is.
    """

    kind: Literal["graph", "script"]
    project: str
    name: str
    format: Literal["job/1"] = "job/1"
    graph: dict[str, Any] | None = None
    graph_ref: GraphRef | None = None
    dataset: str | None = None
    train: dict[str, Any] = msgspec.field(default_factory=dict)
    seed: int = 0
    device: str = "auto"
    script: Script | None = None
    priority: int = 0
    resume_from: str | None = None
    restarts: int | None = None
    resume_lost: bool = False
    components: dict[str, str] = msgspec.field(default_factory=dict)
    sweep: SweepRef | None = None

    @property
    def most_restarts(self) -> int:
        """How often its worker may be started again."""
        if self.restarts is not None:
            return self.restarts
        return RESTARTS if self.kind == "graph" else 0

    def check(self) -> None:
        """Refuse what cannot be worked on.

        Raises:
            InputError: A field is wrong; `field` names it.
        """
        if self.kind == "script":
            _check_script(self.script)
        check_name(self.project, "project")
        check_name(self.name, "name")
        _check_device(self.device)
        _check_range(self.priority, -PRIORITIES, PRIORITIES, "priority")
        _check_range(self.restarts or 0, 0, MOST_RESTARTS, "restarts")
        if self.kind == "graph" and self.graph is None:
            msg = "graph: expected the graph that is to be trained, received none."
            raise InputError(msg, field="graph")


def _check_device(device: str) -> None:
    if not _DEVICE.fullmatch(device):
        msg = f"device: expected auto, cpu, mps or cuda:N, received {device!r:.40}."
        raise InputError(msg, field="device")


def _check_range(value: int, low: int, high: int, field: str) -> None:
    if not low <= value <= high:
        msg = f"{field}: expected {low} to {high}, received {value}."
        raise InputError(msg, field=field)


def _check_script(script: Script | None) -> None:
    if script is None or not script.argv or len(script.argv) > MOST_ARGUMENTS:
        msg = 'script.argv: expected the words of a command, such as ["python", "train.py"]. No shell reads them.'
        raise InputError(msg, field="script.argv")
    if any("\0" in text for text in (*script.argv, script.cwd, *script.env, *script.env.values())):
        msg = "script: expected text without a NUL character."
        raise InputError(msg, field="script")
    if any(not name or "=" in name for name in script.env):
        msg = "script.env: expected names of variables, which are not empty and hold no `=`."
        raise InputError(msg, field="script.env")
    if not Path(script.cwd).is_absolute() or not Path(script.cwd).is_dir():
        msg = f"script.cwd: expected an absolute path of a folder that is there, received {script.cwd!r:.200}."
        raise InputError(msg, field="script.cwd")


@dataclass(frozen=True, slots=True)
class JobFolder:
    """Name the files of one job."""

    path: Path

    @classmethod
    def of(cls, home: Path, job: str) -> "JobFolder":
        """Return the folder of a job, which need not be there.

        Raises:
            NotFoundError: The id can be none.
        """
        if not is_id(job):
            msg = f"There is no job {job!r:.80}."
            raise NotFoundError(msg)
        return cls(home / "jobs" / job)

    @classmethod
    def create(cls, home: Path, job: str, spec: JobSpec) -> "JobFolder":
        """Make the folder of a job that is to be worked on."""
        found = cls.of(home, job)
        make_private(found.path)
        # A script's environment may hold secrets: the file is its owner's alone.
        write_whole(found.spec_file, msgspec.json.format(msgspec.json.encode(spec), indent=1))
        return found

    @property
    def id(self) -> str:
        """Of the job."""
        return self.path.name

    @property
    def home(self) -> Path:
        """The home folder that it lies in."""
        return self.path.parent.parent

    @property
    def spec_file(self) -> Path:
        """What was asked for."""
        return self.path / "spec.json"

    @property
    def events(self) -> Path:
        """What became of it."""
        return self.path / "events.jsonl"

    @property
    def progress(self) -> Path:
        """How far it is."""
        return self.path / "progress"

    @property
    def orders(self) -> Path:
        """Pipe to the supervisor."""
        return self.path / "orders"

    @property
    def control(self) -> Path:
        """Pipe to the worker."""
        return self.path / "control"

    @property
    def output(self) -> Path:
        """What the worker printed."""
        return self.path / "output.log"

    @property
    def supervisor(self) -> Path:
        """Who looks after it."""
        return self.path / "supervisor"

    @property
    def checkpoints(self) -> Path:
        """Where a worker goes on."""
        return self.path / "checkpoints"

    def spec(self) -> JobSpec:
        """Return what was asked for.

        Raises:
            NotFoundError: There is no such job.
            CorruptError: The file is damaged.
        """
        try:
            return msgspec.json.decode(self.spec_file.read_bytes(), type=JobSpec)
        except FileNotFoundError:
            msg = f"There is no job {self.id!r:.80} in {self.home}."
            raise NotFoundError(msg) from None
        except msgspec.MsgspecError as error:
            msg = f"{self.spec_file}: expected a job, found something else: {error}."
            raise CorruptError(msg) from error

    def tail(self, most_bytes: int, before: int | None = None) -> tuple[bytes, int, int]:
        """Return the end of what was printed, at which byte it begins, and how much was printed in all.

        Args:
            most_bytes: Of what is returned.
            before: Byte that the end is counted from; by default that of the file.
        """
        return printing.tail(self.output, most_bytes, before)

    def part(self, first: int, most_bytes: int) -> tuple[bytes, int, int]:
        """Return what was printed from a byte on, as `tail` does; from the next one that is kept on."""
        return printing.part(self.output, first, most_bytes)

    @property
    def printed(self) -> int:
        """How many bytes were printed, also those that are not kept."""
        return printing.printed(self.output)
