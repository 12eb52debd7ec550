"""What tests of trainers that die share."""

import mmap
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def killed(home: Path, tmp_path: Path) -> Callable[[str, int], int]:
    """Return how to kill a trainer once so many calls have returned; how many had returned in the end comes back.

    The trainer is Python; it gets the home and a file whose first 8 bytes it keeps at the number of its calls.
    """
    counts = tmp_path / "count"

    def kill(trainer: str, moment: int) -> int:
        counts.write_bytes(bytes(8))
        with mmap.mmap(os.open(counts, os.O_RDWR), 8) as counter:
            process = subprocess.Popen([sys.executable, "-c", trainer, str(home), str(counts)])
            while int.from_bytes(counter[0:8], "little") < moment:
                assert process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
            return int.from_bytes(counter[0:8], "little")

    return kill
