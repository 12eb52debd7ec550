"""Projects: what they are called, how many runs they hold, which keys they use."""

from starlette.requests import Request
from starlette.responses import Response

from gnomon.server.context import answer, context
from gnomon.server.operation import Operation
from gnomon.server.wire import Keys, ProjectRow, Projects, seconds


def list_projects(request: Request) -> Response:
    """Return all projects, the one that changed last in front."""
    home = context(request).home
    cursor = home.bus.cursor()
    rows = [
        ProjectRow(
            name=p.name,
            runs=p.runs,
            running=p.running,
            created=seconds(p.created_us),
            updated=seconds(p.updated_us),
        )
        for p in home.catalog.projects()
    ]
    return answer(Projects(projects=rows, cursor=cursor))


def list_keys(request: Request) -> Response:
    """Return the config keys and the series keys that the runs of a project use."""
    engine, project = context(request).home.engine, request.path_params["project"]
    return answer(Keys(config=engine.config_keys(project), metrics=engine.metric_keys(project)))


OPERATIONS = (
    Operation("GET", "/api/v1/projects", list_projects, "projects", Projects),
    Operation("GET", "/api/v1/projects/{project:path}/keys", list_keys, "projects", Keys),
)
