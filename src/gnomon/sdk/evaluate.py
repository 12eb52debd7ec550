"""`run.evaluate`: judge predictions, and write figures, curves, predictions and the hash of what they were judged by."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gnomon.analysis.evaluation import Evaluation, evaluate
from gnomon.core.errors import GnomonError, InputError

if TYPE_CHECKING:
    from gnomon.sdk.judged import Judged


def evaluate_into(
    run: "Judged",
    y_true: object,
    y_pred: object,
    scores: object,
    name: object,
    classes: Sequence[Any] | None,
    step: int | None,
    **options: Any,
) -> Evaluation:
    """Judge predictions and write everything under `name`; see `Judged.evaluate`.

    Raises:
        GnomonError: They cannot be judged; nothing was written.
    """
    if not isinstance(name, str) or not name or name.startswith(("gnomon/", "system/")) or name.endswith("/"):
        msg = f"name: expected a name such as 'test', received {name!r:.60}."
        raise InputError(msg, field="name")
    found = evaluate(y_true, y_pred, scores, classes=classes, **options)
    values = {f"{name}/{key}": value for key, value in (found.figures | found.records).items()}
    run.log(values, step=max(0, run.step) if step is None else step)
    return found


def refusal(name: object, error: Exception) -> GnomonError:
    """Return what to tell when predictions could not be judged."""
    if isinstance(error, InputError):
        return InputError(f"evaluate {name!r:.40}: {error} Nothing was written.", field=error.field)
    what = f"{error}" if isinstance(error, GnomonError) else f"{type(error).__name__}: {error}."
    return GnomonError(f"evaluate {name!r:.40}: {what} Nothing was written.")
