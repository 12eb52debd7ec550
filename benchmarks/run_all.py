"""Run every benchmark and gather the figures.

    python benchmarks/run_all.py [NAME …]

Each script prints one JSON object per figure. They go to benchmarks/results/<script>.jsonl, and a table of figure,
rival or limit, and ratio to the terminal and to benchmarks/results/summary.md.
"""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
SKIP = {"run_all", "peers"}
SKIPPED = 77
"""Exit status of a script that needs an extra that is not there; its former figures are kept."""


def scripts(names: list[str]) -> list[Path]:
    """Return the benchmark scripts asked for, or all."""
    found = [p for p in sorted(HERE.glob("*.py")) if p.stem not in SKIP and not p.stem.startswith("_")]
    return [p for p in found if not names or p.stem in names]


def run(script: Path) -> tuple[list[dict[str, object]], bool]:
    """Run one script; return the figures it printed, and whether it did what it could."""
    print(f"— {script.stem}", flush=True)
    done = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, check=False)
    figures = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode == SKIPPED:
        print("  skipped: it needs something that is not installed", flush=True)
        return [], True
    (RESULTS / f"{script.stem}.jsonl").write_text("".join(json.dumps(f) + "\n" for f in figures))
    if done.returncode:
        print(f"  failed with status {done.returncode}", flush=True)
    for figure in figures:
        print("  " + row(figure), flush=True)
    return figures, done.returncode == 0 and bool(figures)


def row(figure: dict[str, object]) -> str:
    """Return one figure as a line: what, value and unit, then whatever else was printed with it."""
    known = ("figure", "value", "unit")
    rest = ", ".join(f"{k} {v}" for k, v in figure.items() if k not in {*known, "machine"})
    return f"{figure.get('figure')}: {figure.get('value')} {figure.get('unit', '')}   {rest}"


def main() -> int:
    """Run what was asked for; return 1 when a script failed or printed nothing, which would leave a claim unmeasured."""
    RESULTS.mkdir(exist_ok=True)
    lines = ["| figure | value | unit | more |", "|---|---|---|---|"]
    failed = []
    for script in scripts(sys.argv[1:]):
        figures, is_done = run(script)
        if not is_done:
            failed.append(script.stem)
        for f in figures:
            more = ", ".join(f"{k} {v}" for k, v in f.items() if k not in {"figure", "value", "unit", "machine"})
            lines.append(f"| {f.get('figure')} | {f.get('value')} | {f.get('unit', '')} | {more} |")
    (RESULTS / "summary.md").write_text("\n".join(lines) + "\n")
    if failed:
        print(f"no figures, or not all, from: {', '.join(failed)}", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
