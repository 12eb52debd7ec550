"""Which runs may be ranked together: those trained on the same data and judged by the same evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Hashes = Mapping[str, str]

NOTHING_RECORDED: Final = (
    "None of these runs says what data it saw, so nothing shows that they can be compared. "
    "Call run.use_data and run.evaluate."
)
_SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class Division:
    """Hold runs that can be compared with one another.

    Args:
        data: Fingerprint of the data by name, as `run.use_data` recorded it.
        evaluation: Hash of the definition by name, as `run.evaluate` recorded it.
        rows: The runs.
        reason: Why they are not ranked with the first division; `None` for that one.
    """

    data: Hashes
    evaluation: Hashes
    rows: tuple[int, ...]
    reason: str | None


def divide(
    metric: str, data: Sequence[Hashes], evaluation: Sequence[Hashes], has_value: Sequence[bool]
) -> list[Division]:
    """Divide runs by what they were trained on and judged by; the division to rank comes first.

    That is the one with the most runs that have a value, among those that recorded anything. A run without a value
    (it failed early, or has not come so far) belongs to it when nothing it recorded speaks against that.

    Args:
        metric: What is ranked; when it belongs to an evaluation (`test/accuracy` to `test`), only that one counts.
        data: Fingerprints of each run.
        evaluation: Definitions of each run.
        has_value: Whether each run has a finite value.

    Example:
        >>> parts = divide("acc", [{"a": "1"}, {"a": "1"}, {"a": "2"}], [{}] * 3, [True] * 3)
        >>> [(part.rows, part.reason) for part in parts]
        [((0, 1), None), ((2,), 'trained on other data: a 2 instead of 1')]
    """
    judged = _judged(metric, evaluation)
    if not any(data) and not any(judged):
        return [Division({}, {}, tuple(range(len(data))), None)] if data else []
    groups: dict[tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]], list[int]] = {}
    for row, (seen, by) in enumerate(zip(data, judged, strict=True)):
        groups.setdefault((tuple(sorted(seen.items())), tuple(sorted(by.items()))), []).append(row)
    keys = sorted(groups, key=lambda key: (key == ((), ()), -sum(has_value[row] for row in groups[key])))
    first, *others = keys
    at = dict(first[0]), dict(first[1])
    for key in others:
        if _contradicts(dict(key[0]), at[0]) or _contradicts(dict(key[1]), at[1]):
            continue
        groups[first] += [row for row in groups[key] if not has_value[row]]
        groups[key] = [row for row in groups[key] if has_value[row]]
    found = [Division(at[0], at[1], tuple(sorted(groups[first])), None)]
    for key in others:
        if groups[key]:
            seen, by = dict(key[0]), dict(key[1])
            found.append(Division(seen, by, tuple(groups[key]), _reason(seen, by, *at)))
    return found


def _judged(metric: str, evaluation: Sequence[Hashes]) -> Sequence[Hashes]:
    """Return the definitions that the metric depends on."""
    names = {name for each in evaluation for name in each if metric.startswith(f"{name}/")}
    if not names:
        return evaluation
    own = max(names, key=len)
    return [{own: each[own]} if own in each else {} for each in evaluation]


def _contradicts(these: Hashes, ranked: Hashes) -> bool:
    return any(ranked.get(name) != value for name, value in these.items())


def _reason(data: Hashes, evaluation: Hashes, ranked_data: Hashes, ranked_evaluation: Hashes) -> str:
    if not data and not evaluation:
        return "no fingerprint recorded: call run.use_data and run.evaluate"
    parts = [
        _apart(data, ranked_data, "trained on other data", "no data recorded: call run.use_data"),
        _apart(
            evaluation, ranked_evaluation, "judged by another evaluation", "no evaluation recorded: call run.evaluate"
        ),
    ]
    return "; ".join(part for part in parts if part)


def _apart(these: Hashes, ranked: Hashes, other: str, none: str) -> str:
    if these == ranked:
        return ""
    if not these:
        return none
    names = [name for name in sorted({*these, *ranked}) if these.get(name) != ranked.get(name)]
    told = [_told(name, these.get(name), ranked.get(name)) for name in names[:_SHOWN]]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{other}: {', '.join(told)}{more}"


def _told(name: str, this: str | None, ranked: str | None) -> str:
    if this is None:
        return f"without {name}"
    return f"{name} {_short(this)} " + ("in addition" if ranked is None else f"instead of {_short(ranked)}")


def _short(text: str) -> str:
    return f"{text[:4]}…" if len(text) > 4 else text
