"""gnomon: the self-hosted workbench for deep-learning research.

    import gnomon

    with gnomon.init("digits", config={"lr": 0.1}) as run:
        run.log({"train/loss": 0.5}, step=0)

Importing this loads the standard library only; each name below loads its part when it is first used.
"""

from importlib import import_module

TYPE_CHECKING = False  # type checkers know the name; importing typing would be half of what this import costs
if TYPE_CHECKING:
    from gnomon.sdk.current import current, finish, log, unwatch, update, watch
    from gnomon.sdk.lab import connect
    from gnomon.sdk.run import Run
    from gnomon.sdk.start import init

__version__ = "0.1.0.dev0"
__all__ = ["Run", "__version__", "connect", "current", "finish", "init", "log", "unwatch", "update", "watch"]

_HOMES = {
    "Run": "gnomon.sdk.run",
    "connect": "gnomon.sdk.lab",
    "current": "gnomon.sdk.current",
    "finish": "gnomon.sdk.current",
    "init": "gnomon.sdk.start",
    "log": "gnomon.sdk.current",
    "unwatch": "gnomon.sdk.current",
    "update": "gnomon.sdk.current",
    "watch": "gnomon.sdk.current",
}


def __getattr__(name: str) -> object:
    """Load the part that `name` lives in."""
    if name not in _HOMES:
        msg = f"module 'gnomon' has no attribute {name!r}"
        raise AttributeError(msg)
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
