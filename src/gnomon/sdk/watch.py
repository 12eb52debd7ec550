"""What a run watches: values, callables and attributes, read anew at every `update`, and models."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from zlib import crc32

from gnomon.core.errors import GnomonError, InputError
from gnomon.core.limits import check_key

if TYPE_CHECKING:
    from gnomon.sdk.run import Run

GROUP: Final = "gnomon.watchers"
STALE_AFTER: Final = 20
"""Updates without a change after which a watched object is flagged."""

_BUILT_IN: Final = {"keras": "gnomon.integrations.keras:watcher", "torch": "gnomon.integrations.torch:watcher"}
_SCALARS: Final = (bool, int, float, complex, str, bytes, type(None))
_IMMUTABLE: Final = ("jax", "jaxlib")


class ModelWatch(Protocol):
    """What an entry point of the group `gnomon.watchers` makes of a model: `watcher(run, model, name, **options)`."""

    @property
    def model(self) -> object | None:
        """The model, which nobody is to keep alive for us; `None` once it is gone."""
        ...

    def update(self, step: int) -> None:
        """Write what there is to write: the run has come to `step`."""
        ...

    def close(self) -> None:
        """Write what is left, and leave the model as it was before."""
        ...


@dataclass(slots=True)
class _Item:
    """One watched value.

    Args:
        name: Key it is written under.
        read: Returns the value as it is now.
        every: Write at each so many-th update.
        is_object: It was given as an object rather than as something that computes, so that it may go stale.
        is_fixed: It can never change: a number or text, or an array of a library whose arrays cannot.
    """

    name: str
    read: Callable[[], object]
    every: int
    is_object: bool
    is_fixed: bool
    updates: int = 0
    same: int = 0
    since_step: int = 0
    mark: object = field(default_factory=object)

    @property
    def is_stale(self) -> bool:
        return self.same >= STALE_AFTER

    def settle(self, value: object, step: int) -> bool:
        """Take note of the value written at `step`; tell whether the item has become stale, or fresh again."""
        before, mark = self.is_stale, fingerprint(value)
        if mark == self.mark:
            self.same += 1
        else:
            self.mark, self.same, self.since_step = mark, 0, step
        return self.is_stale != before


class Watching:
    """Everything that one run watches.

    Objects are held until `unwatch` or the end of the run, so that no series ends because a variable went out of
    scope; models are not, for they hold memory that training may need.

    Args:
        run: Where values are written.
        change: Writes fields of the run.
        is_off: Nothing is written, so no model needs hooks.
    """

    def __init__(self, run: "Run", change: Callable[[dict[str, Any]], None], *, is_off: bool = False) -> None:
        self._run, self._change, self._is_off = run, change, is_off
        self._items: dict[str, _Item] = {}
        self._models: dict[str, ModelWatch] = {}
        self._sizes: dict[str, int] = {}

    def watch(
        self, value: object, name: str | None, every: int | None, attribute: str | None, options: Mapping[str, Any]
    ) -> None:
        """See `Run.watch`.

        Raises:
            InputError: An argument is wrong.
        """
        every = _checked_every(every)
        maker = None if attribute is not None else watcher_of(value)
        if maker is not None:
            watched = None if self._is_off else self._model(maker, value, name, {"every": every, **options})
            if self._is_off or watched is not None:
                return
        if options:
            msg = f"{next(iter(options))}: expected only with a model, received with {type(value).__name__}."
            raise InputError(msg, field=next(iter(options)))
        if name is None:
            name = getattr(value, "__name__", None)
            if name is None or not name.isidentifier():
                msg = f"name: expected a name for {type(value).__name__}, received none. Pass watch(value, 'name')."
                raise InputError(msg, field="name")
        self._add(check_key(name, "name"), value, every or 1, attribute)

    def unwatch(self, what: object) -> None:
        """Stop writing what is watched under a name, or stop watching a model."""
        if isinstance(what, str):
            item = self._items.pop(what, None)
            if item is not None and item.is_stale:
                self._flag()
            names = [what] if what in self._models else []
        else:
            names = [name for name, known in self._models.items() if known.model is what]
        for name in names:
            self._end(name)

    def has(self, model: object) -> bool:
        """Return whether a model is watched."""
        return any(known.model is model for known in self._models.values())

    def update(self, epoch: float | None, step: int | None, samples: float | None) -> None:
        """See `Run.update`."""
        values: dict[str, Any] = {}
        written: list[tuple[_Item, object]] = []
        for item in list(self._items.values()):
            item.updates += 1
            if (item.updates - 1) % item.every == 0:
                self._read(item, values, written)
        self._run.log(values, step, epoch, samples)
        at = self._run.step
        if sum([item.settle(value, at) for item, value in written if item.is_object]):
            self._flag()
        for name, known in list(self._models.items()):
            known.update(at)
            if known.model is None:
                self._end(name)

    def close(self) -> None:
        """Let go of everything; models are left as they were."""
        self._items.clear()
        for name in list(self._models):
            self._end(name)

    def _end(self, name: str) -> None:
        try:
            self._models.pop(name).close()
        except Exception as error:  # noqa: BLE001 - a framework's error must not reach training
            self._run.lose(1, f"unwatch {name}", refusal(error))

    def _model(
        self, maker: Callable[..., ModelWatch | None], model: object, name: str | None, options: Mapping[str, Any]
    ) -> ModelWatch | None:
        self.unwatch(model)
        if name is None:
            name, n = "model", 1
            while name in self._models:
                n += 1
                name = f"model-{n}"
        if name in self._models:
            self._end(name)
        made = maker(self._run, model, check_key(name, "name"), **options)
        if made is not None:
            self._models[name] = made
            self._sizes[name] = count_parameters(model) or 0
            if any(self._sizes.values()):
                self._change({"parameters": sum(self._sizes.values())})
        return made

    def _add(self, name: str, value: object, every: int, attribute: str | None) -> None:
        before = self._items.get(name)
        if attribute is not None:
            item = _Item(name, lambda: follow(value, attribute), every, is_object=False, is_fixed=False)
        elif callable(value):
            item = _Item(name, value, every, is_object=False, is_fixed=False)
        else:
            item = _Item(name, lambda: value, every, is_object=True, is_fixed=_is_fixed(value))
        if before is not None:  # a new object for the same name: the seed's way to follow a variable
            item.mark, item.same, item.since_step = before.mark, before.same, before.since_step
            item.updates = before.updates if before.every == every else 0
            item.is_fixed = False
        self._items[name] = item

    def _read(self, item: _Item, values: dict[str, Any], written: list[tuple[_Item, object]]) -> None:
        try:
            values[item.name] = value = item.read()
        except Exception as error:  # noqa: BLE001 - the user's code
            msg = f"{item.name}: the watched callable raised {type(error).__name__}: {error}. Mend it or unwatch it."
            refused = InputError(msg, field=item.name)
            refused.__cause__ = error
            self._run.lose(1, f"watch {item.name}", refused)
            return
        if item.is_fixed and item.same == 1:
            self._run.hint(
                f"fixed {item.name}",
                f"{item.name}: the watched {type(value).__name__} {value!r:.40} was copied when you called watch and "
                f"can never change. Pass a callable: run.watch(lambda: …, {item.name!r}).",
            )
        if item.is_object:
            written.append((item, value))

    def _flag(self) -> None:
        """Record which objects are stale, on the run."""
        stale = {
            item.name: {"since_step": item.since_step, "stale": item.is_stale}
            for item in self._items.values()
            if item.is_object
        }
        self._change({"watched": stale})


def follow(value: object, path: str) -> object:
    """Return the attribute, item or element that a dotted path leads to.

    Args:
        value: Where to begin.
        path: Names and numbers, such as `"param_groups.0.lr"`.

    Raises:
        AttributeError: There is none of that name.

    Example:
        >>> follow({"groups": [{"lr": 0.1}]}, "groups.0.lr")
        0.1
    """
    for part in path.split("."):
        if isinstance(value, Mapping):
            value = value[part]
        elif isinstance(value, (list, tuple)) and part.lstrip("-").isdigit():
            value = value[int(part)]
        else:
            value = getattr(value, part)
    return value


def fingerprint(value: object) -> object:
    """Return something that is equal for equal values: the value itself when it is small, a checksum otherwise.

    What cannot be read is equal to nothing.

    Example:
        >>> fingerprint([1, 2.5]) == fingerprint([1, 2.5]), fingerprint([1]) == fingerprint([2])
        (True, False)
    """
    if isinstance(value, _SCALARS):
        return repr(value) if isinstance(value, float) else value
    if isinstance(value, Mapping):
        return hash(tuple((str(key), fingerprint(inner)) for key, inner in value.items()))
    if isinstance(value, (list, tuple)):
        return hash(tuple(fingerprint(inner) for inner in value))
    return _checksum(value)


def _checksum(value: object) -> object:
    from gnomon.core.records.registry import encode  # noqa: PLC0415 - loads NumPy; `import gnomon` must not

    try:
        encoded = encode(value)
        if encoded is None or not isinstance(encoded.data, (bytes, memoryview)):
            return object()
        return encoded.kind, len(encoded.data), crc32(encoded.data)
    except Exception:  # noqa: BLE001 - `log` has said what is wrong with it
        return object()


def watcher_of(value: object) -> Callable[..., ModelWatch | None] | None:
    """Return what makes a watch of a model of this class, found by the packages its class descends from."""
    found = None
    for cls in type(value).__mro__:
        package = cls.__module__.partition(".")[0]
        if package not in ("builtins", "numpy", "gnomon") and (found := _maker(package)) is not None:
            break
    return found


def watcher_named(package: str) -> Callable[..., ModelWatch | None]:
    """Return the watcher of models of `package`, for another that builds on it.

    Raises:
        InputError: There is none.
    """
    found = _maker(package)
    if found is None:
        msg = f"package: expected one that a watcher is installed for, received {package!r}."
        raise InputError(msg, field="package")
    return found


@cache
def _maker(package: str) -> Callable[..., ModelWatch | None] | None:
    from importlib.metadata import entry_points  # noqa: PLC0415 - twice the cost of importing gnomon

    listed = {entry.name: entry.value for entry in entry_points(group=GROUP)}
    # A checkout that was installed before ours were listed needs no metadata to find them.
    where = (listed | _BUILT_IN).get(package)
    if where is None:
        return None
    module, _, attribute = where.partition(":")
    return cast("Callable[..., ModelWatch | None]", getattr(import_module(module), attribute))


def _is_fixed(value: object) -> bool:
    if isinstance(value, _SCALARS):
        return True
    root = type(value).__module__.partition(".")[0]
    return root in _IMMUTABLE or (root == "numpy" and not hasattr(value, "__setitem__") and hasattr(value, "dtype"))


def _checked_every(every: object) -> int | None:
    if every is None or (isinstance(every, int) and not isinstance(every, bool) and every >= 1):
        return every
    msg = f"every: expected an integer of at least 1, received {every!r:.40}. Pass every=10 for each tenth update."
    raise InputError(msg, field="every")


def count_parameters(model: Any) -> int | None:
    """Return how many numbers a torch or Keras model learns or holds; `None` when it does not say."""
    try:
        if callable(getattr(model, "count_params", None)):
            return int(model.count_params())
        return sum(int(parameter.numel()) for parameter in model.parameters())
    except Exception:  # noqa: BLE001 - layers that are not built, parameters without a shape yet
        return None


def refusal(error: Exception) -> GnomonError:
    """Return an error of a watcher as one of ours."""
    if isinstance(error, GnomonError):
        return error
    made = InputError(f"watch: {type(error).__name__}: {error}. It is not watched; training goes on.", field="watch")
    made.__cause__ = error
    return made
