"""Write docs/benchmarks.md from what the last `make bench` and the last peer measurement printed.

    python benchmarks/_page.py

Figures come from benchmarks/results/*.jsonl and benchmarks/results/peers/*.jsonl; words between the markers of the
page are replaced, the rest of the page is kept.
"""

import json
import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
RESULTS = HERE / "results"
Trial = dict[str, Any]


def main() -> None:
    """Replace the generated parts of the page."""
    text = PAGE.read_text()
    for name, lines in (("own", own()), ("peers", peers())):
        start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
        body = "\n".join([start, *lines, end])
        text = re.sub(re.escape(start) + ".*?" + re.escape(end), lambda _, body=body: body, text, flags=re.DOTALL)
    PAGE.write_text(text)


def own() -> list[str]:
    """Return one table for each script of benchmarks/."""
    lines = []
    for path in sorted(RESULTS.glob("*.jsonl")):
        figures = [json.loads(line) for line in path.read_text().splitlines()]
        if not figures:
            continue
        loads = [f["machine"]["load"] for f in figures if "machine" in f]
        lines += ["", f"### `benchmarks/{path.stem}.py`"]
        lines += [f"Load while it ran: {min(loads)} to {max(loads)}.", ""] if loads else [""]
        lines += ["| figure | measured | beside | ratio | target |", "|---|---|---|---|---|"]
        lines += [_row(f) for f in figures]
    return [*lines, ""]


def _row(f: Trial) -> str:
    target = f.get("target", f.get("limit"))
    cells = [f["figure"], f"{_digits(f['value'])} {f['unit']}", _digits(f.get("rival")), _digits(f.get("ratio"))]
    return "| " + " | ".join([*cells, _digits(target)]) + " |"


def _digits(value: object) -> str:
    if isinstance(value, int | float):
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return "\N{EN DASH}" if value is None else str(value)


Column = tuple[str, Callable[[Trial], Any]]


def _at(*path: str, scale: float = 1.0) -> Callable[[Trial], Any]:
    def find(trial: Trial) -> Any:
        value: Any = trial
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value * scale if isinstance(value, int | float) and not isinstance(value, bool) else value

    return find


TABLES: dict[str, tuple[str, list[Column]]] = {
    "S1": (
        "log overhead: one step of 8 scalars a call",
        [
            ("µs a step, mean", _at("write", "us_per_step_mean")),
            ("p50", _at("write", "us_p50")),
            ("p99", _at("write", "us_p99")),
            ("caller CPU µs a step", _at("write", "caller_cpu_us_per_step")),
            ("CPU µs a scalar, all processes", lambda t: _ratio(t, "cpu_s", "scalars", 1e6)),
            ("bytes a scalar", _at("write", "bytes_per_scalar")),
            ("peak RSS MB", _at("write", "tree_peak_rss", scale=1e-6)),
        ],
    ),
    "S2": (
        "one long series (points as listed), then read by a fresh process",
        [
            ("points", _at("read", "full_points")),
            ("write s", _at("write", "wall_s")),
            ("bytes a point", _at("write", "bytes_per_scalar")),
            ("reader opens ms", _at("read", "open_reader_ms")),
            ("all points ms", _at("read", "full_cold_ms")),
            ("1,000-point view ms, first", _at("read", "down_first_ms")),
            ("again", _at("read", "down_warm_ms")),
        ],
    ),
    "S3": (
        "many runs of 20 params and 10 metrics; top 50 filtered, in a fresh process",
        [
            ("runs", _at("query", "runs")),
            ("fill ms a run", _at("populate", "ms_per_run")),
            ("KB a run", _at("populate", "bytes_per_run", scale=1e-3)),
            ("reader opens ms", _at("query", "open_reader_ms")),
            ("first ms", _at("query", "cold_ms")),
            ("again ms", _at("query", "warm_ms")),
            ("right rows", _at("query", "correct")),
        ],
    ),
    "S4": (
        "1,000 images of 128 by 128 pixels in colour, then 100 histograms of 64 bins at 100 steps",
        [
            ("images", _at("media", "images")),
            ("ms an image, mean", _at("media", "img_ms_mean")),
            ("p99", _at("media", "img_ms_p99")),
            ("all of them s", _at("media", "img_wall_s")),
            ("KB an image", _at("media", "img_bytes_each", scale=1e-3)),
            ("µs a histogram, mean", _at("media", "hist_us_mean")),
            ("all of them s", _at("media", "hist_wall_s")),
        ],
    ),
    "S5": (
        "start and footprint",
        [
            ("import ms", _at("import", "import_net_ms")),
            ("init to first log ms", _at("first_log", "init_to_first_log_ms")),
            ("server to 200 ms", _at("server", "server_ready_ms")),
            ("server RSS MB", _at("server", "server_rss", scale=1e-6)),
            ("install MB", _at("footprint", "site_mb")),
            ("distributions", _at("footprint", "dists")),
        ],
    ),
    "S6": (
        "scalars read back after SIGKILL, %",
        [
            ("process, over 10 s", _at("proc_pace10", "recovered_pct")),
            ("process, full speed", _at("proc_pace0", "recovered_pct")),
            ("tree, over 10 s", _at("tree_pace10", "recovered_pct")),
            ("tree, full speed", _at("tree_pace0", "recovered_pct")),
        ],
    ),
}


def _ratio(trial: Trial, above: str, below: str, scale: float) -> float | None:
    write = trial.get("write", {})
    return write[above] / write[below] * scale if below in write else None


def peers() -> list[str]:
    """Return one table for each scenario measured, medians over the repetitions."""
    lines = []
    for scenario, (title, columns) in TABLES.items():
        path = RESULTS / "peers" / f"{scenario}.jsonl"
        if not path.exists():
            continue
        trials: defaultdict[str, list[Trial]] = defaultdict(list)
        for line in path.read_text().splitlines():
            trial = json.loads(line)
            parts = [trial, *(part for part in trial.values() if isinstance(part, dict))]
            if not any("error" in part for part in parts):
                trials[trial["peer"]].append(trial)
        names = [name for name, _ in columns]
        lines += ["", f"### {scenario} · {title}", "", "| | n | " + " | ".join(names) + " |"]
        lines.append("|---" * (len(names) + 2) + "|")
        for peer, runs in sorted(trials.items(), key=lambda item: not item[0].startswith("gnomon")):
            cells = [_digits(_middle(find(trial) for trial in runs)) for _, find in columns]
            lines.append(f"| {peer} | {len(runs)} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def _middle(values: Iterable[Any]) -> object:
    found = [value for value in values if value is not None]
    if not found:
        return None
    if all(isinstance(value, bool) for value in found):
        return "yes" if all(found) else "no"
    return statistics.median(found)


if __name__ == "__main__":
    main()
