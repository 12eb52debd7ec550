"""What a run can be asked to judge; its work is done where NumPy may be loaded."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gnomon.core.errors import GnomonError
from gnomon.sdk.alerting import Alerting

if TYPE_CHECKING:
    from gnomon.analysis.evaluation import Evaluation, Task
    from gnomon.analysis.labels import Outputs


class Judged(Alerting):
    """Give a run the method `evaluate`."""

    __slots__ = ()

    @property
    @abstractmethod
    def step(self) -> int:
        """Step of the last call of `log`."""

    @abstractmethod
    def log(
        self,
        values: Mapping[str, Any],
        step: int | None = None,
        epoch: float | None = None,
        samples: float | None = None,
    ) -> None:
        """Write values now."""

    @abstractmethod
    def lose(self, count: int, cause: str, error: GnomonError) -> None:
        """Count values that could not be had, and say why once."""

    @abstractmethod
    def _change(self, fields: dict[str, Any]) -> None:
        """Change fields of the run."""

    def evaluate(
        self,
        y_true: object,
        y_pred: object = None,
        scores: object = None,
        name: str = "test",
        classes: Sequence[Any] | None = None,
        step: int | None = None,
        *,
        task: "Task | None" = None,
        outputs: "Outputs | None" = None,
        predictions: bool = True,
    ) -> "Evaluation | None":
        """Judge predictions: log figures, curves and the predictions, and write down what they were judged by.

        Figures are metrics `test/accuracy`, `test/f1`, `test/auc`, … and `test/recall/<class>`; the records are
        `test/confusion`, `test/roc`, `test/pr`, `test/calibration` and `test/predictions`. Leaderboards rank only runs
        judged by the same true values in the same order: do not shuffle what is evaluated. Never raises (but see
        `strict`): labels that are missing and scores that are not what they are said to be are refused as a whole.

        Args:
            y_true: Truth of each sample: integers, texts, truth values, one-hot rows; numbers for a regression.
            y_pred: Predictions of the same form; `None` takes the class of the largest score.
            scores: `(n, k)`, a column per class, or `(n,)` for the second of two classes.
            name: What is evaluated: `"test"`, `"validation"`.
            classes: The classes in the order of the columns of the scores, or names of the classes 0 to k - 1.
            step: Step to log at; the last one when `None`.
            task: `classification`, `binary` or `regression`; `None` decides by the values.
            outputs: Whether scores are `probabilities` or `logits`; `None` decides by the values.
            predictions: Keep a table of the predictions (of up to 100,000 samples).

        Returns:
            Figures, task, classes and hash; `None` when it was refused.

        Example:
            >>> import gnomon
            >>> with gnomon.init(mode="disabled") as run:
            ...     found = run.evaluate(["cat", "dog", "dog"], ["cat", "dog", "cat"])
            >>> found.task, found.figures["recall/dog"]
            ('binary', 0.5)
        """
        from gnomon.sdk.evaluate import evaluate_into, refusal  # noqa: PLC0415 - it brings NumPy

        try:
            found = evaluate_into(
                self, y_true, y_pred, scores, name, classes, step, task=task, outputs=outputs, predictions=predictions
            )
        except Exception as error:  # noqa: BLE001 - values may be anybody's objects, and training goes on
            self.lose(1, f"{name!r:.40}: not evaluated", refusal(name, error))
            return None
        self._change({"evaluation": {name: found.hash}})
        return found
