"""What Keras computes with."""

import os
from pathlib import Path

import pytest

from gnomon.models import keras_backend


@pytest.mark.parametrize(
    ("said", "configured", "installed", "chosen"),
    [
        ("jax", None, {"torch"}, "jax"),
        (None, None, {"tensorflow", "torch"}, None),
        (None, None, {"torch", "jax"}, "torch"),
        (None, '{"backend": "openvino"}', {"tensorflow", "jax"}, "tensorflow"),
        (None, '{"backend": "jax"}', {"torch", "jax"}, None),
        (None, '{"backend": "jax"}', {"torch"}, "torch"),
        (None, "[]", {"jax"}, "jax"),
        (None, "no json", set(), None),
    ],
)
def test_what_its_user_says_stays_unless_it_is_not_there(
    said: str | None,
    configured: str | None,
    installed: set[str],
    chosen: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", said or "")
    monkeypatch.setattr(keras_backend, "find_spec", lambda name: name if name in installed else None)
    if configured is not None:
        (tmp_path / "keras.json").write_text(configured)
    keras_backend.choose()
    assert (os.environ["KERAS_BACKEND"] or None) == chosen
