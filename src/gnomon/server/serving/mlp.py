"""The digit classifier of better-tensorflow, with its four addresses: `/train /predict /reset /pretrain`.

Answers have the shapes they had there. What was wrong there is not kept: training happens in a process of its own, so
that nobody waits for it but who asked for it; what the network has learned is swapped in at once when it is done; `/reset`
and `/pretrain` never harm the networks they copy.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import msgspec
import numpy as np
from starlette.types import Receive, Scope, Send

from gnomon.core.errors import ConflictError, InputError
from gnomon.models import pretrained
from gnomon.models.mlp import MLP
from gnomon.server.errors import problem
from gnomon.server.serving import http
from gnomon.server.serving.inputs import Input, read_input
from gnomon.server.serving.picture import grey
from gnomon.server.worker_process import Hear

SIZES: Final = (784, 30, 10)
SIDE: Final = 28
MAX_EPOCHS: Final = 200
MAX_ROWS: Final = 20_000

Train = Callable[[dict[str, Any], Hear], Awaitable[Any]]
"""Asks a worker for `mlp.train`: what `gnomon.models.mlp_training.train` takes and returns."""


class Order(msgspec.Struct, frozen=True):
    """Hold the body of `/train`: passes over the data."""

    epochs: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.epochs <= MAX_EPOCHS:
            msg = f"expected 1 to {MAX_EPOCHS} epochs, received {self.epochs}"
            raise ValueError(msg)


class Confidence(msgspec.Struct, frozen=True):
    """How sure the network is of one digit, 0 to 1; confidences need not add up to 1."""

    label: int
    confidence: float


class Prediction(msgspec.Struct, frozen=True):
    """The likeliest digit, and how sure the network is of each."""

    label: int
    predictions: list[Confidence]


class Predictions(msgspec.Struct, frozen=True):
    """Several predictions, in the order in which the rows came."""

    results: list[Prediction]


class Trained(msgspec.Struct, frozen=True):
    """How training went.

    Args:
        accuracy: Per cent of the samples held back that are classified correctly, rounded; all of them are looked at.
        correct: How many those are.
        count: Of how many.
        loss: Mean quadratic loss over them.
        epochs: Passes that the network has been trained for in all.
    """

    accuracy: int
    correct: int
    count: int
    loss: float
    epochs: int


class Status(msgspec.Struct, frozen=True):
    """What is served.

    Args:
        sizes: Units of each layer.
        epochs: Passes it has been trained for.
        training: How far the training is that goes on now, 0 to 1; none when none does.
        data: What it is trained on.
        pretrained: Accuracy on MNIST's test images of each version that `pretrained` may name.
    """

    sizes: list[int]
    epochs: int
    training: float | None
    data: str
    pretrained: dict[int, float]


@dataclass(slots=True)
class _Current:
    """The network that answers, never changed, only exchanged; and how far its training is."""

    net: MLP
    training: float | None = None

    def hear(self, part: float, _: str) -> None:
        self.training = part


class MlpApp:
    """An ASGI app; see `ADDRESSES`.

    Args:
        train: How training is asked for.
        data: Folder of MNIST's files; `None` trains on the packaged digits.
        net: What it begins with; the best of those trained before unless told.
    """

    def __init__(self, train: Train, data: str | None = None, net: MLP | None = None) -> None:
        self._train, self._data = train, data
        self._now = _Current(net or pretrained.load())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        found = ADDRESSES.get(path)
        try:
            if found is None:
                await http.refuse(send, http.no_such_page(path, ", ".join(ADDRESSES)))
            elif scope["method"] == "OPTIONS":
                await http.answer(send, "OK")
            elif scope["method"] not in found[0]:
                msg = f"{path} takes {' and '.join(found[0])}, not {scope['method']}."
                await http.refuse(send, problem(405, msg), [(b"allow", ", ".join(found[0]).encode())])
            else:
                await http.answer(send, await found[1](self, scope, receive))
        except http.Disconnected:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked gets an answer
            await http.refuse(send, http.told(error))

    async def status(self, _scope: Scope, _receive: Receive) -> Status:
        """Tell what is served."""
        now = self._now
        data = "the digits that come with gnomon" if self._data is None else self._data
        return Status(list(now.net.sizes), now.net.epochs, now.training, data, pretrained.ACCURACY)

    async def predict(self, scope: Scope, receive: Receive) -> Prediction | Predictions:
        """Classify a picture or rows of numbers."""
        given = read_input(http.header(scope, b"content-type"), await http.read(receive))
        net = self._now.net if given.pretrained is None else _pretrained(given.pretrained)
        if given.picture is not None and len(given.picture) > 1 << 16:
            return await asyncio.to_thread(_predict, net, given)  # a photograph takes long enough to hold others up
        return _predict(net, given)

    async def train(self, scope: Scope, receive: Receive) -> Trained:
        """Train the network; answers when that is done."""
        body = await http.read(receive)
        order: Order = http.read_json(body, Order) if body.strip() else Order(_epochs(scope))
        now = self._now
        if now.training is not None:
            msg = f"training: one goes on already, {now.training:.0%} of it is done. Wait for it, or reset."
            raise ConflictError(msg)
        now.training = 0.0
        try:
            asked = {"network": now.net.to_bytes(), "epochs": order.epochs, "data": self._data}
            done = await self._train(asked, now.hear)
        finally:
            now.training = None
        if self._now is not now:
            msg = "training: the network was reset meanwhile, so what was learned is thrown away. Train again."
            raise ConflictError(msg)
        self._now = _Current(MLP.from_bytes(done["network"]))
        return Trained(
            round(100 * done["accuracy"]), done["correct"], done["count"], done["loss"], self._now.net.epochs
        )

    async def reset(self, _scope: Scope, _receive: Receive) -> str:
        """Begin anew, with a network that has learned nothing."""
        self._now = _Current(MLP(SIZES))
        return "OK"

    async def pretrain(self, _scope: Scope, _receive: Receive) -> str:
        """Begin anew, with the best of the networks that were trained before."""
        self._now = _Current(pretrained.load())
        return "OK"


_BOTH: Final = ("GET", "POST")
ADDRESSES: Final[dict[str, tuple[tuple[str, ...], Callable[[MlpApp, Scope, Receive], Awaitable[Any]]]]] = {
    "/predict": (("POST",), MlpApp.predict),
    "/train": (_BOTH, MlpApp.train),
    "/reset": (_BOTH, MlpApp.reset),
    "/pretrain": (_BOTH, MlpApp.pretrain),
    "/": (("GET",), MlpApp.status),
}
"""What is answered: by path, the methods and what answers."""


def _predict(net: MLP, given: Input) -> Prediction | Predictions:
    if given.picture is not None:
        label, confidences = net.predict(grey(given.picture, SIDE, invert=given.invert))
        return _prediction(label, confidences)
    values = given.values
    assert values is not None
    if values.size > MAX_ROWS * SIZES[0]:
        msg = f"inputs: expected at most {MAX_ROWS:,} rows, received shape {values.shape}. Send them in parts."
        raise InputError(msg, field="inputs")
    label, confidences = net.predict(values)
    if isinstance(label, int):
        return _prediction(label, confidences)
    return Predictions([_prediction(each, row) for each, row in zip(label.tolist(), confidences, strict=True)])


def _prediction(label: Any, confidences: Any) -> Prediction:
    numbers = np.round(confidences.astype(np.float64), 6).tolist()
    return Prediction(int(label), [Confidence(i, value) for i, value in enumerate(numbers)])


@lru_cache(maxsize=pretrained.BEST)
def _pretrained(version: int) -> MLP:
    return pretrained.load(version)


def _epochs(scope: Scope) -> int:
    """Return the passes that the query asks for: `/train?epochs=3`."""
    for part in scope.get("query_string", b"").decode("latin-1").split("&"):
        name, _, value = part.partition("=")
        if name == "epochs":
            if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= MAX_EPOCHS):
                msg = f"epochs: expected 1 to {MAX_EPOCHS}, received {value!r:.20}."
                raise InputError(msg, field="epochs")
            return int(value)
    return 1
