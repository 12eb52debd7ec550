"""Keras' own RemoteMonitor, in a process of its own, against a real server: unchanged but for the address."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from gnomon.store.home import Home

if find_spec("keras") is None or find_spec("torch") is None:
    pytest.skip("needs keras and torch", allow_module_level=True)

TRAINING = """
import sys
import numpy as np
import keras

keras.utils.set_random_seed(0)
x = np.linspace(0, 1, 32, dtype="float32")[:, None]
for as_json in (False, True):
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    monitor = keras.callbacks.RemoteMonitor(root=sys.argv[1], send_as_json=as_json)
    model.fit(x, 2 * x, epochs=3, validation_split=0.25, verbose=0, callbacks=[monitor])
"""


def serving() -> Any:
    path = Path(__file__).parent.parent / "browser" / "serving.py"
    spec = spec_from_file_location("serving", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_two_trainings_that_report_as_form_and_as_json_become_two_runs(home: Path) -> None:
    server = serving().Server(home).start()
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", TRAINING, server.url],
            env=os.environ | {"KERAS_BACKEND": "torch", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    finally:
        server.stop()
    assert done.returncode == 0, done.stderr
    assert "could not reach" not in (done.stdout + done.stderr).lower()
    with Home.open(home) as lab:
        runs = [run for run in lab.catalog.runs() if run.project == "keras"]
        assert [(run.state, run.tags, run.last_step) for run in runs] == [
            ("finished", ("remote-monitor",), 2),
            ("running", ("remote-monitor",), 2),
        ]
        for run in runs:
            assert sorted(lab.engine.series(run.id)) == ["epoch", "loss", "val_loss"]
            losses = lab.engine.points(run.id, "loss").value
            assert losses[0] > losses[1] > losses[2], json.dumps(losses.tolist())
