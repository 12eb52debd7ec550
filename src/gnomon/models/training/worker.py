"""The program that trains a graph: `python -P -m gnomon.models.training.worker FOLDER`.

It goes on at the newest checkpoint of the folder when there is one, in the same run. Exit status 0, or 1 when it failed;
what became of it is the last line of `events.jsonl`.
"""

import atexit
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

import gnomon
from gnomon.core.errors import CorruptError, MissingExtraError
from gnomon.core.folder import write_whole
from gnomon.graph.document import plain
from gnomon.models.jobs import events
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.training import checkpoint
from gnomon.models.training.batches import Feed
from gnomon.models.training.checkpoint import State
from gnomon.models.training.control import Control
from gnomon.models.training.engine import Engine
from gnomon.models.training.judging import judge
from gnomon.models.training.loop import Ended, Feeds, Loop
from gnomon.models.training.settings import flat
from gnomon.models.training.task import Task, own_components, script_of, task_of
from gnomon.sdk.run import Run

RUN: Final = "run.json"
_PARTS: Final = ("train", "validation", "test")


def main(arguments: list[str] | None = None) -> int:
    """Train what a folder asks for; return the exit status."""
    folder = JobFolder(Path((arguments or sys.argv[1:])[0]).resolve())
    try:
        with own_components(folder.spec()):
            return _work(folder)
    except BaseException as error:
        events.append(folder, "failed", error=events.of_exception(error))
        if not isinstance(error, Exception):
            raise
        sys.excepthook(type(error), error, error.__traceback__)
        return 1


def _work(folder: JobFolder) -> int:
    control = Control(folder, lambda paused: events.append(folder, "paused" if paused else "resumed"))
    run: Run | None = None
    try:
        task = task_of(folder)
        engine = engine_of(folder, task)
        saved = checkpoint.newest(folder.checkpoints)
        state = _begun(engine, task, saved, folder)
        run = _run(folder, task, state)
        state.run = run.id
        events.append(folder, "running", pid=os.getpid(), step=state.step, run=run.id)
        batch = task.plan.settings.batch_size
        feeds = Feeds(*(Feed(task, part, batch, task.seed) for part in _PARTS))
        loop = Loop(task.plan, engine, feeds, run, folder, control, state)
        if task.plan.settings.watch:
            engine.watch(run, task.plan.settings.watch)
        loop.train()
        run.unwatch(engine.model)
        judge(task, engine, feeds, run, folder, loop)
    except Ended as ended:
        return _ended(folder, run, ended)
    except BaseException as error:
        if run is not None:
            run.fail(error)
        raise
    finally:
        control.close()
    run.finish()
    events.append(folder, "finished", step=loop.state.step, run=run.id)
    return 0


def _ended(folder: JobFolder, run: Run | None, ended: Ended) -> int:
    step = (checkpoint.steps(folder.checkpoints) or [0])[-1]
    parked = ended.how == "park"
    if run is not None:
        how = "Parked" if parked else "Stopped"
        run.annotate(
            {"ended": f"{how} at step {step}. To go on, resume its job, or: gnomon train --resume {folder.id}"}
        )
        run.finish("stopped")
    events.append(folder, "parked" if parked else "stopped", step=step)
    return 0


def engine_of(folder: JobFolder, task: Task) -> Engine:
    """Return model and optimizer, as the script of the folder makes them.

    Raises:
        MissingExtraError: The framework is not installed.
    """
    target = task.plan.target
    try:
        import safetensors  # noqa: F401, PLC0415 - asked for before anything starts
    except ModuleNotFoundError as error:
        msg = f"Training needs safetensors, for its checkpoints. Install gnomon[{target}]."
        raise MissingExtraError(msg) from error
    script = script_of(folder.path, target)
    if target == "keras":
        from gnomon.models.training.keras_engine import KerasEngine  # noqa: PLC0415 - it brings Keras

        return KerasEngine(task.plan, script)
    from gnomon.models.training.torch_engine import TorchEngine  # noqa: PLC0415 - it brings PyTorch

    return TorchEngine(task.plan, script, _device(task.spec.device))


def _device(asked: str) -> str:
    """Return where to compute: the slot that the job got, what was asked for, or a graphics card when there is one."""
    import torch  # noqa: PLC0415 - the framework is installed when this is asked

    got = os.environ.get("GNOMON_JOB_DEVICE", "") if asked == "auto" else asked
    if got not in ("", "auto"):
        return got
    return "cuda:0" if torch.cuda.is_available() else "cpu"


def _begun(engine: Engine, task: Task, saved: Path | None, folder: JobFolder) -> State:
    """Return where training begins: at the newest checkpoint, with the weights of another training, or at the start."""
    fresh = State(rate=task.plan.settings.optimizer.rate, seed=task.seed, graph=task.graph.sha, dataset=task.dataset)
    if saved is None:
        if task.spec.resume_from is not None:
            engine.weights(checkpoint.load(Path(task.spec.resume_from)).model)
        return fresh
    found = checkpoint.load(saved)
    if found.state.graph != task.graph.sha:
        msg = f"checkpoint: {saved} is of another graph. Begin a new job for this one, in {folder.path.parent}."
        raise CorruptError(msg)
    engine.restore(found)
    return found.state


def _run(folder: JobFolder, task: Task, state: State) -> Run:
    """Return the run: a new one, or the one that an earlier life of this job began, taken back to the checkpoint."""
    file = folder.path / RUN
    known = msgspec.json.decode(file.read_bytes())["run"] if file.exists() else state.run
    spec = task.spec
    if known:
        run = gnomon.init(spec.project, name=spec.name, resume=known, home=folder.home)
        run.rewind(state.step)
        run.config.update(config_of(task))
        return run
    # Jobs of one graph have one name; runs are told apart by theirs.
    name = None if spec.name == task.graph.name else spec.name
    run = gnomon.init(spec.project, name=name, config=config_of(task), home=folder.home)
    write_whole(file, msgspec.json.encode({"run": run.id}))
    ref = {} if spec.graph_ref is None else {"id": spec.graph_ref.id, "rev": spec.graph_ref.rev}
    run.annotate({"graph": {**ref, "sha": task.graph.sha}})
    for part in _PARTS:
        if task.length(part):
            run.use_data(*task.binding.data.used(part), name=part)
    run.log({"graph": picture_of(task), "graph/document": plain(task.graph)}, step=0)
    _define(task, run)
    return run


def config_of(task: Task) -> dict[str, Any]:
    """Return what was chosen before the run."""
    graph = task.graph
    ref = task.spec.graph_ref
    known = {"sha": graph.sha[:16], "name": graph.name} | ({} if ref is None else {"id": ref.id, "rev": ref.rev})
    target: dict[str, Any] = {
        "framework": task.plan.target,
        "losses": {head.node: head.loss for head in task.plan.heads},
    }
    if task.plan.target == "keras":
        import keras  # noqa: PLC0415 - it is there, or there would be no run

        target["backend"] = keras.config.backend()
    return {**flat(task.plan.settings), "seed": task.seed, "dataset": task.dataset, "graph": known, **target}


def picture_of(task: Task) -> gnomon.Graph:
    """Return the graph as a record: nodes with their types, shapes and parameters."""
    from gnomon.graph.infer import infer  # noqa: PLC0415 - needed once

    report = infer(task.graph)
    nodes = []
    for node in task.graph.nodes:
        known = report.nodes[node.id]
        nodes.append({"id": node.id, "op": node.type, "label": node.id, "parameters": known.params})
    edges = [(edge.source[0], edge.target[0]) for edge in task.graph.edges]
    return gnomon.Graph({"nodes": nodes, "edges": edges})


def _define(task: Task, run: Run) -> None:
    for name in task.plan.metrics:
        goal = "max" if name.rpartition("/")[2] in ("accuracy", "f1", "iou", "r2") else "min"
        run.define(f"val/{name}", goal=goal, summary=goal)
        run.define(f"train/{name}", goal=goal)


def be_program() -> None:
    """Do it as a process of its own, which ends at once when all is written.

    Python takes a framework apart for seconds, in which the job would keep its slot and its memory. What is registered
    first is called last at exit, so everything that others want to do there is done by then.
    """
    status = 1

    def leave() -> None:
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)

    atexit.register(leave)
    status = main()


if __name__ == "__main__":
    be_program()
