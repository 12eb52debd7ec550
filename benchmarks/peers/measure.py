"""Run the peer harness with gnomon in it.

    python benchmarks/peers/measure.py HARNESS --peer gnomon,gnomon_http,trackio --scenario S1,S6 --reps 3

HARNESS is the folder of the harness (its README says how to make each peer's environment under $PEERS_VENVS; ours is
`python -m venv $PEERS_VENVS/gnomon && $PEERS_VENVS/gnomon/bin/pip install -c constraints.txt .`). It is copied to a
temporary folder, the adapters beside this script are added, and its results end in benchmarks/results/peers.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results" / "peers"
ALIASES = "ALIASES = {"


def main() -> None:
    """Copy the harness, add our adapters, run it."""
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        harness = Path(folder) / "peers"
        shutil.copytree(sys.argv[1], harness)
        for path in [harness, *harness.rglob("*")]:
            path.chmod(0o755)
        for adapter in HERE.glob("gnomon_*.py"):
            shutil.copy(adapter, harness / "adapters")
        runner = harness / "run.py"
        text = runner.read_text()
        assert ALIASES in text, "the harness has no table of aliases any more"
        # The adapter is called gnomon_: a module called gnomon would hide the package.
        runner.write_text(text.replace(ALIASES, ALIASES + '"gnomon": "gnomon_", ', 1))
        command = [sys.executable, str(runner), *sys.argv[2:], "--out", str(RESULTS)]
        done = subprocess.run(command, cwd=harness, check=False)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
