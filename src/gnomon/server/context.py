"""What the routes share, kept on the app: no module holds state."""

import asyncio
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
from starlette.requests import HTTPConnection
from starlette.responses import Response

from gnomon.core.errors import InputError, LimitError
from gnomon.core.limits import MAX_JSON_DEPTH
from gnomon.models.datasets.summaries import Summaries
from gnomon.models.datasets.versions import Versions
from gnomon.models.registry.registry import Registry
from gnomon.server.appends import Appends
from gnomon.server.attempts import Attempts
from gnomon.server.boards import Boards
from gnomon.server.body import inflate
from gnomon.server.checkups import Checkups
from gnomon.server.components import Components
from gnomon.server.datasets import Datasets
from gnomon.server.endpoints import Endpoints
from gnomon.server.exports import Exports
from gnomon.server.graphs import Graphs
from gnomon.server.intake import Intake
from gnomon.server.jobs import Jobs
from gnomon.server.live import Hub
from gnomon.server.metrics import Metrics
from gnomon.server.model_tests import ModelTests
from gnomon.server.pictures import Pictures
from gnomon.server.previews import Previews
from gnomon.server.projections import Projections
from gnomon.server.settings import ServerSettings
from gnomon.server.sweeps import Sweeps
from gnomon.server.workers import Workers
from gnomon.store.home import Home

T = TypeVar("T")
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Context:
    """Hold the parts of one running app."""

    home: Home
    settings: ServerSettings
    intake: Intake
    hub: Hub
    boards: Boards
    graphs: Graphs
    appends: Appends
    pictures: Pictures
    projections: Projections
    workers: Workers
    jobs: Jobs
    sweeps: Sweeps
    datasets: Datasets
    previews: Previews
    models: Registry
    exports: Exports
    tests: ModelTests
    endpoints: Endpoints
    components: Components
    checkups: Checkups
    attempts: Attempts = field(default_factory=Attempts)
    metrics: Metrics = field(default_factory=Metrics)
    monitor: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of(cls, home: Home, settings: ServerSettings) -> "Context":
        """Return the parts of an app that serves a home."""
        intake, boards = Intake(home), Boards(home.documents)
        versions = Versions(home.documents, home.path)
        summaries = Summaries(versions)
        graphs = Graphs(home.documents, home.bus, data_of=summaries.of)
        pictures = Pictures(home.path / "cache" / "pictures", disk_bytes=settings.max_cache_bytes)
        projections = Projections(home.path / "cache" / "projections", limits=settings.projections)
        appends = Appends(boards, intake, home.catalog)
        workers = Workers(
            home.path / "cache" / "workers",
            settings.workers,
            allow_code=settings.runs_code,
            why_not=settings.why_no_code,
        )
        asked, worker, grace_s = dict(settings.slots), settings.job_worker, settings.job_grace_s
        jobs = Jobs(home.path, home.documents, home.bus, asked, home.catalog.last_step, worker, grace_s)
        datasets = Datasets(home, settings, workers, graphs, versions)
        components = Components(home.documents, workers)
        previews = Previews(workers, graphs, datasets, components, home)
        hub, models = Hub(home.bus), Registry(home.documents, home.path)
        exports = Exports(home, models, datasets, workers)
        return cls(
            home,
            settings,
            intake,
            hub,
            boards,
            graphs,
            appends,
            pictures,
            projections,
            workers,
            jobs,
            Sweeps(home, jobs, datasets, workers),
            datasets,
            previews,
            models,
            exports,
            ModelTests(home, models, datasets, workers),
            Endpoints(home, exports),
            components,
            Checkups(home),
        )


def context(connection: HTTPConnection) -> Context:
    """Return the context of the app that serves this connection."""
    found: Context = connection.app.state.context
    return found


def answer(value: object, status: int = 200) -> Response:
    """Return a value of `wire` as JSON."""
    return Response(_encode(value), status, media_type="application/json")


def read_json(body: bytes, encoding: str, kind: type[T]) -> T:
    """Return a JSON body as the type it should have.

    Raises:
        InputError: It does not decode, or a field is wrong; `field` names it.
        LimitError: It inflates to too much, or is nested too deeply.
    """
    try:
        return msgspec.json.decode(inflate(body, encoding), type=kind)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        name = path.strip("`.")
        msg = f"{name or 'body'}: {text}."
        raise InputError(msg, field=name) from None
    except RecursionError:
        msg = f"body: expected at most {MAX_JSON_DEPTH} levels of nesting."
        raise LimitError(msg, field="body") from None
    except (msgspec.DecodeError, ValueError) as error:
        msg = f"body: expected JSON: {error}."
        raise InputError(msg, field="body") from None
