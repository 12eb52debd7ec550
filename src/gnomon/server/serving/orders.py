"""What a server and the process of an endpoint say to each other: a line of JSON each, down its stdin and up its stdout."""

from typing import Annotated, Final

import msgspec

from gnomon.server.serving.counts import Counted
from gnomon.server.serving.status import Plan, Status

MODULE: Final = "gnomon.server.serving.hosted"
REQUEST: Final = "request"
"""Key of the record that holds one logged request as JSON: features by name, and the answer."""
UNUSABLE: Final = 3
"""Exit status of a process that cannot serve what it is told to; to start it again would change nothing."""


class LogSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say which requests are logged.

    Args:
        share: Of requests, 0 to 1; the rest is not looked at.
        per_minute: Most of one minute.
    """

    share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    per_minute: Annotated[int, msgspec.Meta(ge=0, le=6_000)] = 60


class Orders(msgspec.Struct, frozen=True):
    """Say what is to be served from now on.

    Args:
        number: Counted by whoever gives them; it comes back with what became of them.
        plan: What to load.
        log: Which requests are logged.
        runs: Into which run of each version, by `name@3`.
    """

    number: int
    plan: Plan
    log: LogSpec = LogSpec()
    runs: dict[str, str] = {}


class Serving(msgspec.Struct, frozen=True, tag_field="told", tag="serving"):
    """Tell that orders are followed: requests are answered.

    Args:
        number: Of the orders.
        status: What is served.
        recent: Requests in each of the last 60 seconds.
        rate: Requests a second.
        counted: All that this process has counted of the versions whose counts changed since it last told.
    """

    number: int
    status: Status
    recent: list[int]
    rate: float
    counted: list[Counted] = []


class Trouble(msgspec.Struct, frozen=True, tag_field="told", tag="trouble"):
    """Tell why orders cannot be followed; what was served before still is."""

    number: int
    text: str


class LogRun(msgspec.Struct, frozen=True, tag_field="told", tag="run"):
    """Tell into which run the requests of a version are logged."""

    version: str
    run: str


Told = Serving | Trouble | LogRun
