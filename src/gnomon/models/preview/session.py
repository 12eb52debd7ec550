"""One preview after another: what is kept of earlier ones is used, and only what changed is run."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gnomon.core.errors import UserCodeError
from gnomon.graph.code.plan import Plan
from gnomon.graph.infer import Cache
from gnomon.models.preview.describe import described
from gnomon.models.preview.kept import Kept
from gnomon.models.preview.keys import Keys, seed_of
from gnomon.models.preview.measured import measured
from gnomon.models.preview.runner import Array, Runner
from gnomon.models.worker.protocol import Say
from gnomon.models.worker.user_code import LateError

_LAYER_BYTES: Final = 1 << 30
_OUT_BYTES: Final = 512 << 20
_PICTURE_BYTES: Final = 64 << 20
_ONE_PICTURE: Final = 16 << 10
_FITS: Final = 100_000

Outs = tuple[Any, ...]
End = tuple[str, int]


@dataclass(slots=True)
class Store:
    """Hold what previews keep between them, of all graphs of a worker: what has the same key is the same."""

    layers: Kept[Any] = field(default_factory=lambda: Kept(_LAYER_BYTES))
    outs: Kept[Outs] = field(default_factory=lambda: Kept(_OUT_BYTES))
    pictures: Kept[dict[str, Any]] = field(default_factory=lambda: Kept(_PICTURE_BYTES))
    fits: Kept[bool] = field(default_factory=lambda: Kept(_FITS))
    said: Kept[str] = field(default_factory=lambda: Kept(_FITS))
    late: Kept[LateError] = field(default_factory=lambda: Kept(_FITS))
    answers: Cache = field(default_factory=Cache)


@dataclass(slots=True)
class Found:
    """Hold what a preview tells.

    Args:
        nodes: By node; only a key for those that whoever asked knows.
        missing: Nodes that were asked for and not run, and why.
        troubles: Nodes that failed.
        ran: Nodes that were run.
        drawn: Nodes whose weights are none of the run's, though it was asked for.
        said: What Code nodes gave, as their `shapes` would say it.
    """

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    troubles: dict[str, UserCodeError] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)


class Session:
    """Run what is to be shown of one graph.

    Args:
        plan: The graph.
        keys: What names its layers and outputs.
        runner: Runs its nodes.
        samples: What enters at each input, with its batch, channels last.
        store: What is kept.
    """

    def __init__(self, plan: Plan, keys: Keys, runner: Runner, samples: Mapping[str, Array], store: Store) -> None:
        self._plan, self._keys, self._runner, self._samples, self._store = plan, keys, runner, samples, store
        self._taken: set[str] = set()
        self._values: dict[End, Any] = {}
        self.found = Found()

    def show(self, wanted: Sequence[str], known: Mapping[str, str], say: Say) -> Found:
        """Return what came out at some nodes.

        Args:
            wanted: Their ids.
            known: Keys of what whoever asks has already.
            say: Hears how far it is.
        """
        runnable = [name for name in dict.fromkeys(wanted) if self._is_runnable(name)]
        new = [name for name in runnable if known.get(name) != self._keys.outs[name]]
        self._run([name for name in new if self._keys.outs[name] not in self._store.pictures], say)
        for name in self._plan.report.order:
            key = self._keys.outs.get(name, "")
            if self._plan.kind(name) == "Code" and (text := self._store.said.get(key)):
                self.found.said[name] = text
        for name in runnable:
            if name not in self.found.missing:
                self.found.nodes[name] = self._told(name, new)
                if self._store.fits.get(self._keys.layers[name]) is False:
                    self.found.drawn.append(name)
        return self.found

    def _is_runnable(self, name: str) -> bool:
        report = self._plan.report.nodes.get(name)
        if report is None:
            self.found.missing[name] = "There is no such node."
        elif name in self._plan.missing:
            self.found.missing[name] = self._plan.missing[name]
        elif report.component is not None and report.component.category == "Input" and name not in self._samples:
            self.found.missing[name] = "it has an error"
        else:
            return True
        return False

    def _told(self, name: str, new: Collection[str]) -> dict[str, Any]:
        key = self._keys.outs[name]
        if name not in new:
            return {"key": key}
        picture = self._store.pictures.get(key)
        if picture is None:
            picture = described(self._one(name), is_image=self._plan.kind(name) == "Input")
            self._store.pictures.put(key, picture, _ONE_PICTURE)
        return {"key": key, **picture}

    def _one(self, name: str) -> Array:
        """Return what comes out of the first port of a node, or comes to an output, without the batch."""
        end = self._plan.report.nodes[name].sources[0] if self._plan.kind(name) == "Output" else (name, 0)
        assert end is not None
        array = self._runner.array(self._values[end])
        return array[0] if array.ndim else array

    def _run(self, wanted: Sequence[str], say: Say) -> None:
        """Run what is needed to show nodes, in order; what fails, and what waits for it, is told."""
        needed = self._needed(wanted)
        order = [name for name in self._plan.report.order if name in needed]
        for i, name in enumerate(order):
            before = [source[0] for source in self._plan.report.nodes[name].sources if source is not None]
            failed = next((each for each in before if each in self.found.missing), None)
            if failed is not None:
                self.found.missing[name] = f"it waits for {failed}"
                continue
            say(i / len(order), name)
            self._one_node(name)

    def _needed(self, wanted: Sequence[str]) -> set[str]:
        """Return the nodes that must be run, and take what is kept of those before them."""
        needed: set[str] = set()
        waiting = list(wanted)
        while waiting:
            name = waiting.pop()
            if name in needed or (name, 0) in self._values:
                continue
            kept = self._store.outs.get(self._keys.outs[name])
            if kept is not None and self._plan.kind(name) != "Output":
                self._keep(name, kept)
                continue
            needed.add(name)
            waiting += [source[0] for source in self._plan.report.nodes[name].sources if source is not None]
        return needed

    def _keep(self, name: str, outs: Outs) -> None:
        self._values.update({(name, i): value for i, value in enumerate(outs)})

    def _one_node(self, name: str) -> None:
        kind = self._plan.kind(name)
        if kind == "Output":
            return
        late = self._store.late.get(self._keys.outs[name])
        if late is not None:  # it would not end this time either
            self._fail(name, late)
            return
        try:
            if kind == "Input":
                outs: Outs = (self._runner.tensor(self._samples[name]),)
            else:
                outs = self._computed(name)
                self.found.ran.append(name)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - told as the node's
            if isinstance(error, LateError):
                self._store.late.put(self._keys.outs[name], error, 1)
            self._fail(name, error)
            return
        if not outs:
            self.found.missing[name] = "Nothing comes out of it."
        self._keep(name, outs)
        self._store.outs.put(self._keys.outs[name], outs, self._runner.size_bytes(outs))

    def _computed(self, name: str) -> Outs:
        for each in (*self._keys.uses.get(name, ()), name):
            self._layer(each)
        outs = self._runner.run(name, self._values, seed_of(self._keys.layers[name]))
        self._note(name)  # Keras knows the weights of a layer once it was called
        for out in outs[:1]:
            self._runner.array(out)  # what cannot be shown is told of the node that gave it
        if self._plan.kind(name) == "Code":
            self._store.said.put(self._keys.outs[name], self._measured(outs), 1)
        return outs

    def _measured(self, outs: Outs) -> str:
        try:
            return measured([self._runner.array(out) for out in outs])
        except UserCodeError:  # one is no tensor, and has no shape
            return ""

    def _layer(self, name: str) -> None:
        if name in self._taken or name not in self._plan.pieces:
            return
        key = self._keys.layers[name]
        layer = self._store.layers.get(key)
        if layer is None:
            layer = self._runner.made(name, seed_of(key))
            self._store.layers.put(key, layer, self._runner.size_bytes(layer))
            self._note(name)
        self._runner.take(name, layer)
        self._taken.add(name)

    def _note(self, name: str) -> None:
        if name in self._runner.fits:
            self._store.fits.put(self._keys.layers[name], self._runner.fits[name], 1)

    def _fail(self, name: str, error: BaseException) -> None:
        found = error if isinstance(error, UserCodeError) else UserCodeError(f"{type(error).__name__}: {error}"[:2000])
        self.found.troubles[name] = found
        self.found.missing[name] = str(found)
