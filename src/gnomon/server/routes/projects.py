"""Projects: what they are called, how many runs they hold, which keys they use."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from gnomon.server.context import answer, context
from gnomon.server.wire import Keys, ProjectRow, Projects, seconds

router = APIRouter(tags=["projects"])


@router.get("/api/v1/projects")
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


@router.get("/api/v1/projects/{project:path}/keys")
def list_keys(request: Request, project: str) -> Response:
    """Return the config keys and the series keys that the runs of a project use."""
    engine = context(request).home.engine
    return answer(Keys(config=engine.config_keys(project), metrics=engine.metric_keys(project)))
