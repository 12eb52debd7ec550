"""A progress bar on standard error, where somebody is there to see it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(total: int, shown: bool | None = None, label: str = "training") -> Iterator[Callable[[], object]]:
    """Yield a function to be called once per unit of work done.

    Args:
        total: Units of work in all.
        shown: Draw the bar; `None` draws it when standard error is a terminal.
        label: Word in front of the bar.
    """
    if not (sys.stderr.isatty() if shown is None else shown):
        yield lambda: None
        return
    from rich.console import Console  # noqa: PLC0415 - 60 ms that a training process without a terminal need not pay
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=False) as bar:
        task = bar.add_task(label, total=total)
        yield lambda: bar.advance(task)
