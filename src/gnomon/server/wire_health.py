"""What travels of a run's health."""

from typing import Annotated, Literal

import msgspec

from gnomon.analysis.health import Checkup
from gnomon.core.limits import MAX_STEP
from gnomon.server.wire import Wire


class Alert(Wire):
    """What a run told with `run.alert`; `time` is UTC seconds."""

    step: int
    time: float
    level: Literal["info", "warning", "error"]
    title: str
    text: str


class RunHealth(Wire):
    """What the checks find in the record of a run, and what the run itself has told."""

    run: str
    name: str
    project: str
    health: Checkup
    alerts: list[Alert]
    cursor: str


class HealthQuery(msgspec.Struct):
    """At which step the run is looked at; the newest when it is not said."""

    until: Annotated[int, msgspec.Meta(ge=0, le=MAX_STEP)] | None = None
