"""What losses and metrics are in PyTorch, as the source that `train.py` holds: one expression for each."""

from typing import Final

from gnomon.models.training.plan import Head

_PLAIN: Final = {
    "mean_squared_error": "F.mse_loss({o}, {t})",
    "mean_absolute_error": "F.l1_loss({o}, {t})",
    "huber": "F.huber_loss({o}, {t})",
}
DICE: Final = '''
def dice_loss(shares: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Return 1 less the Dice coefficient, the mean over classes; both are of shape (n, classes, height, width)."""
    both = (shares * truth).sum(dim=(0, 2, 3))
    either = shares.sum(dim=(0, 2, 3)) + truth.sum(dim=(0, 2, 3))
    return 1 - ((2 * both + 1) / (either + 1)).mean()
'''


def loss(head: Head, *, weighted: bool = False) -> str:
    """Return the expression of the loss of an output.

    Args:
        head: The output.
        weighted: Whether `CLASS_WEIGHTS` tells how much each class counts.
    """
    o, t = f'outputs["{head.node}"]', f'targets["{head.node}"]'
    return _LOSSES[head.task](head, o, t, ", weight=CLASS_WEIGHTS.to(DEVICE)" if weighted else "")


def _classes(head: Head, o: str, t: str, weight: str) -> str:
    if head.loss == "cross_entropy":
        if head.from_logits:
            return f"F.cross_entropy({o}, {t}{weight})"
        return f"F.nll_loss({o}.clamp_min(1e-7).log(), {t}{weight})"
    shares = f"{o}.softmax(1)" if head.from_logits else o
    return f"F.mse_loss({shares}, F.one_hot({t}, {head.size}).float())"


def _labels(head: Head, o: str, t: str, _: str) -> str:
    if head.loss == "binary_cross_entropy":
        return _yes_or_no(head, o, t)
    return f"F.mse_loss({o + '.sigmoid()' if head.from_logits else o}, {t})"


def _numbers(head: Head, o: str, t: str, _: str) -> str:
    return _PLAIN[head.loss].format(o=f"{o}.reshape({t}.shape)", t=t)


def _pixels(head: Head, o: str, t: str, _: str) -> str:
    if head.loss == "cross_entropy" and head.size > 1:
        return f"F.cross_entropy({o}, {t})" if head.from_logits else f"F.nll_loss({o}.clamp_min(1e-7).log(), {t})"
    one_hot = f"{t}[:, None].float()" if head.size == 1 else f"F.one_hot({t}, {head.size}).movedim(-1, 1).float()"
    if head.loss == "dice":
        squash = ".sigmoid()" if head.size == 1 else ".softmax(1)"
        return f"dice_loss({o}{squash if head.from_logits else ''}, {one_hot})"
    return _yes_or_no(head, o, one_hot)


def _again(head: Head, o: str, t: str, _: str) -> str:
    return (
        f"F.binary_cross_entropy({o}, {t})"
        if head.loss == "binary_cross_entropy"
        else _PLAIN[head.loss].format(o=o, t=t)
    )


def _yes_or_no(head: Head, o: str, t: str) -> str:
    logits = "_with_logits" if head.from_logits else ""
    return f"F.binary_cross_entropy{logits}({o}, {t})"


_LOSSES: Final = {
    "classification": _classes,
    "multi_label": _labels,
    "regression": _numbers,
    "segmentation": _pixels,
    "reconstruction": _again,
}


def sums(head: Head) -> list[str]:
    """Return the statements that count what the metrics of an output are made of; counts of batches add up."""
    o, t, key = f'outputs["{head.node}"]', f'targets["{head.node}"]', head.node
    limit = "0" if head.from_logits else "0.5"
    if head.task == "classification":
        return [f'"{key} right": ({o}.argmax(1) == {t}).sum(),', f'"{key} rows": len({t}),']
    if head.task == "multi_label":
        yes, truth = f"({o} > {limit})", f"({t} > 0.5)"
        return [
            f'"{key} right": ({yes} == {truth}).sum(),',
            f'"{key} rows": {t}.numel(),',
            f'"{key} both": ({yes} & {truth}).sum(),',
            f'"{key} either": {yes}.sum() + {truth}.sum(),',
        ]
    if head.task == "segmentation":
        found = f"({o}[:, 0] > {limit}).long()" if head.size == 1 else f"{o}.argmax(1)"
        size = max(2, head.size)
        return [f'"{key} pairs": torch.bincount(({t} * {size} + {found}).flatten(), minlength={size * size}),']
    if head.task == "regression":
        error = f"({o}.reshape({t}.shape) - {t})"
        return [
            f'"{key} error": {error}.abs().sum(),',
            f'"{key} square": {error}.square().sum(),',
            f'"{key} sum": {t}.cpu().double().sum(),',
            f'"{key} sum of squares": {t}.cpu().double().square().sum(),',
            f'"{key} rows": {t}.numel(),',
        ]
    return [f'"{key} square": ({o} - {t}).square().sum(),', f'"{key} rows": {t}.numel(),']


def figures(head: Head, prefix: str) -> list[str]:
    """Return the entries that make metrics of an output of what was counted."""

    def total(name: str) -> str:
        return f'total["{head.node} {name}"]'

    if head.task == "classification":
        return [f'"{prefix}accuracy": ratio({total("right")}, {total("rows")}),']
    if head.task == "multi_label":
        return [
            f'"{prefix}accuracy": ratio({total("right")}, {total("rows")}),',
            f'"{prefix}f1": 2 * ratio({total("both")}, {total("either")}),',
        ]
    if head.task == "segmentation":
        size = max(2, head.size)
        pairs = f"{total('pairs')}.reshape({size}, {size})"
        return [
            f'"{prefix}accuracy": {pairs}.trace() / {pairs}.sum(),',
            f'"{prefix}iou": ({pairs}.diag() / ({pairs}.sum(0) + {pairs}.sum(1) - {pairs}.diag())).nanmean(),',
        ]
    if head.task == "regression":
        spread = f"({total('sum of squares')} - {total('sum')} ** 2 / {total('rows')})"
        return [
            f'"{prefix}mean_absolute_error": ratio({total("error")}, {total("rows")}),',
            f'"{prefix}mean_squared_error": ratio({total("square")}, {total("rows")}),',
            f'"{prefix}r2": 1 - ratio({total("square")}, {spread}),',
        ]
    return [f'"{prefix}mean_squared_error": ratio({total("square")}, {total("rows")}),']
