"""Projects: what they are called, how many runs they hold, which keys they use."""

from starlette.requests import Request
from starlette.responses import Response

from gnomon.server.context import answer, context
from gnomon.server.operation import Operation
from gnomon.server.wire import Keys, ProjectRow, Projects, seconds


def list_projects(request: Request) -> Response:
    """Return all projects, also those that have graphs only, the one that changed last in front."""
    home = context(request).home
    cursor = home.bus.cursor()
    rows = [_row(p.name, p.runs, p.running, p.created_us, p.updated_us) for p in home.catalog.projects()]
    drawn, known = context(request).graphs.projects(), {row.name for row in rows}
    rows += [_row(name, 0, 0, *span) for name, span in drawn.items() if name not in known]
    return answer(Projects(projects=sorted(rows, key=lambda row: -row.updated), cursor=cursor))


def _row(name: str, runs: int, running: int, created_us: int, updated_us: int) -> ProjectRow:
    return ProjectRow(name, runs, running, seconds(created_us), seconds(updated_us))


def list_keys(request: Request) -> Response:
    """Return the config keys and the series keys that the runs of a project use."""
    engine, project = context(request).home.engine, request.path_params["project"]
    return answer(Keys(config=engine.config_keys(project), metrics=engine.metric_keys(project)))


OPERATIONS = (
    Operation("GET", "/api/v1/projects", list_projects, "projects", Projects),
    Operation("GET", "/api/v1/projects/{project:path}/keys", list_keys, "projects", Keys),
)
