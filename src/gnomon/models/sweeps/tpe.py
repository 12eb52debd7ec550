"""Points that what is known speaks for: the tree-structured Parzen estimator of Optuna.

A question holds all that is known, and its answer depends on nothing else: a sweep is taken up by any process, and goes
on as if the one before had not ended.

Source: Bergstra, Bardenet, Bengio and Kégl, "Algorithms for hyper-parameter optimization", NeurIPS 2011.
"""

import json
import warnings
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState

from gnomon.models.sweeps.proposing import Seen
from gnomon.models.sweeps.space import Axis, Choice, Float, Space, Values, rounded

_TRIES = 8
_STATES = {"finished": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "open": TrialState.RUNNING}


def suggest(space: Space, seed: int, goal: str, seen: Sequence[Seen]) -> Values:
    """Return a point, one that was not tried if a few draws find such.

    Args:
        space: Where.
        seed: Of the sweep.
        goal: `min` or `max`.
        seen: What came of the points before, in the order in which they were proposed.
    """
    free = {name: axis for name, axis in space.items() if not _is_one(axis)}
    known = {json.dumps(each.values, sort_keys=True) for each in seen}
    found: Values = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for attempt in range(_TRIES):
            found = _asked(free, zlib.crc32(f"{seed}/{len(seen)}/{attempt}".encode()), goal, seen, space)
            if json.dumps(found, sort_keys=True) not in known:
                break
    return found


def service(params: dict[str, Any], _: Any) -> Values:
    """Answer the question of a server, in a worker."""
    space = msgspec.convert(params["space"], Space)
    return suggest(space, params["seed"], params["goal"], msgspec.convert(params["seen"], list[Seen]))


def _asked(free: Space, seed: int, goal: str, seen: Sequence[Seen], space: Space) -> Values:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=0, constant_liar=True)
    study = optuna.create_study(sampler=sampler, direction="maximize" if goal == "max" else "minimize")
    spaces = {name: _distribution(axis) for name, axis in free.items()}
    study.add_trials([trial for each in seen if (trial := _trial(each, spaces, free)) is not None])
    asked = study.ask(spaces)
    return {name: _value(axis, asked.params[name]) if name in free else _only(axis) for name, axis in space.items()}


def _trial(seen: Seen, spaces: dict[str, BaseDistribution], free: Space) -> FrozenTrial | None:
    if seen.state == "failed" or (seen.state == "finished" and seen.value is None):
        return None
    is_pruned = seen.state == "pruned" and seen.value is not None
    return optuna.trial.create_trial(
        state=_STATES[seen.state],
        value=seen.value if seen.state == "finished" else None,
        params={name: _place(free[name], seen.values[name]) for name in spaces},
        distributions=spaces,
        intermediate_values={seen.step: seen.value} if is_pruned and seen.value is not None else None,
    )


def _distribution(axis: Axis) -> BaseDistribution:
    if isinstance(axis, Choice):
        return CategoricalDistribution(list(range(len(axis.values))))
    kind = FloatDistribution if isinstance(axis, Float) else IntDistribution
    return kind(axis.low, axis.high, log=axis.log)  # type: ignore[arg-type]  # whole numbers for the one, any for the other


def _value(axis: Axis, found: Any) -> Any:
    if isinstance(axis, Choice):
        return axis.values[found]
    return rounded(found, axis) if isinstance(axis, Float) else int(found)


def _place(axis: Axis, value: Any) -> Any:
    return axis.values.index(value) if isinstance(axis, Choice) else value


def _is_one(axis: Axis) -> bool:
    return len(axis.values) == 1 if isinstance(axis, Choice) else axis.low == axis.high


def _only(axis: Axis) -> Any:
    return axis.values[0] if isinstance(axis, Choice) else axis.low
