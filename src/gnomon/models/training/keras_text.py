"""What losses and metrics are in Keras, as the source that `train.py` holds."""

from typing import Any, Final

from gnomon.models.training.plan import Head, Plan

_PLAIN: Final = {
    "mean_squared_error": "keras.losses.MeanSquaredError()",
    "mean_absolute_error": "keras.losses.MeanAbsoluteError()",
    "huber": "keras.losses.Huber()",
    "binary_cross_entropy": "keras.losses.BinaryCrossentropy(from_logits={logits})",
}
_HELPERS: Final = {
    "SquaredError": '''

class SquaredError(keras.losses.Loss):
    """Compare shares with ones and zeros."""

    def __init__(self, squash, classes=0) -> None:
        super().__init__()
        self.squash, self.classes = squash, classes

    def call(self, y_true, y_pred):
        if self.classes:
            y_true = keras.ops.one_hot(keras.ops.cast(y_true, "int32"), self.classes)
        return keras.ops.mean(keras.ops.square(self.squash(y_pred) - y_true), axis=-1)
''',
    "PixelLoss": '''

class PixelLoss(keras.losses.Loss):
    """Compare the classes of pixels: by the Dice coefficient, or yes or no for each."""

    def __init__(self, loss, squash, classes) -> None:
        super().__init__()
        self.loss, self.squash, self.classes = loss, squash, classes

    def call(self, y_true, y_pred):
        if self.classes == 1:
            y_true = keras.ops.cast(keras.ops.expand_dims(y_true, -1), "float32")
        else:
            y_true = keras.ops.one_hot(keras.ops.cast(y_true, "int32"), self.classes)
        return self.loss(y_true, self.squash(y_pred))
''',
    "SigmoidF1": '''

class SigmoidF1(keras.metrics.F1Score):
    """The F1 score of what is still before the sigmoid."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true, keras.ops.sigmoid(y_pred), sample_weight)
''',
}


def parts(plan: Plan, facts: dict[str, Any]) -> dict[str, str]:
    """Return what the template of the script has gaps for."""
    heads = plan.heads
    losses = [_loss(head) for head in heads]
    metrics = [f"[{', '.join(_metrics(head))}]" for head in heads]
    used = "\n".join([*losses, *metrics])
    weights = [head.weight for head in heads]
    classes = next(iter(facts.get("class_weights", {}).values()), None)
    return {
        "helpers": "".join(text for name, text in _HELPERS.items() if f"{name}(" in used).strip("\n"),
        "optimizer": _optimizer(plan),
        "losses": "\n".join(f"{loss}," for loss in losses),
        "weights": repr(weights),
        "metrics": "\n".join(f"{metric}," for metric in metrics),
        "class_weight": repr(None if classes is None else dict(enumerate(classes))),
    }


def _optimizer(plan: Plan) -> str:
    chosen = plan.settings.optimizer
    name = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop"}[chosen.type]
    words = ["LEARNING_RATE"]
    if chosen.weight_decay:
        words.append(f"weight_decay={chosen.weight_decay!r}")
    if chosen.type in ("sgd", "rmsprop") and chosen.momentum:
        words.append(f"momentum={chosen.momentum!r}")
    if plan.settings.clip:
        words.append(f"global_clipnorm={plan.settings.clip!r}")
    return f"keras.optimizers.{name}({', '.join(words)})"


def _squash(head: Head, function: str) -> str:
    return f"keras.ops.{function}" if head.from_logits else "keras.ops.convert_to_tensor"


def _loss(head: Head) -> str:
    if head.loss == "cross_entropy" and head.size > 1:
        return f"keras.losses.SparseCategoricalCrossentropy(from_logits={head.from_logits})"
    if head.task == "classification":
        return f"SquaredError({_squash(head, 'softmax')}, {head.size})"
    if head.task == "multi_label" and head.loss == "mean_squared_error":
        return f"SquaredError({_squash(head, 'sigmoid')})"
    if head.task == "segmentation":
        if head.loss == "dice":
            squash = _squash(head, "sigmoid" if head.size == 1 else "softmax")
            return f"PixelLoss(keras.losses.Dice(axis=(1, 2)), {squash}, {head.size})"
        loss = _PLAIN["binary_cross_entropy"].format(logits=head.from_logits)
        return f"PixelLoss({loss}, keras.ops.convert_to_tensor, {head.size})"
    return _PLAIN[head.loss].format(logits=head.from_logits)


def _metrics(head: Head) -> list[str]:
    limit = 0.0 if head.from_logits else 0.5
    if head.task == "classification":
        return ['keras.metrics.SparseCategoricalAccuracy(name="accuracy")']
    if head.task == "multi_label":
        f1 = "SigmoidF1" if head.from_logits else "keras.metrics.F1Score"
        return [
            f'keras.metrics.BinaryAccuracy(name="accuracy", threshold={limit})',
            f'{f1}(average="micro", threshold=0.5, name="f1")',
        ]
    if head.task == "segmentation":
        if head.size == 1:
            return [
                f'keras.metrics.BinaryAccuracy(name="accuracy", threshold={limit})',
                f'keras.metrics.BinaryIoU(target_class_ids=(0, 1), threshold={limit}, name="iou")',
            ]
        return [
            'keras.metrics.SparseCategoricalAccuracy(name="accuracy")',
            f'keras.metrics.MeanIoU({head.size}, sparse_y_pred=False, name="iou")',
        ]
    squared = 'keras.metrics.MeanSquaredError(name="mean_squared_error")'
    if head.task == "reconstruction":
        return [squared]
    found = ['keras.metrics.MeanAbsoluteError(name="mean_absolute_error")', squared]
    return [*found, 'keras.metrics.R2Score(name="r2")'] if head.rank == 1 else found
