"""Log in with a browser: the token once, then a cookie that only this site sends and no script reads."""

import hmac
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gnomon.server.context import context
from gnomon.server.guard import COOKIE, session_of, too_many
from gnomon.server.operation import Operation
from gnomon.server.pages import login_form

_DAYS_30 = 30 * 24 * 3600


async def get_login(request: Request) -> Response:
    """Return the form, or log in with the token of the link that the server printed.

    A page of another site can name this address as an image or a frame; it must not use up our guesses.
    """
    is_visit = request.headers.get("sec-fetch-dest", "document") == "document"
    token = request.query_params.get("token") if is_visit else None
    return login_form() if token is None else _log_in(request, token)


async def post_login(request: Request) -> Response:
    """Log in with the token of the form."""
    given = parse_qs((await request.body()).decode("latin-1"), max_num_fields=10).get("token", [""])
    return _log_in(request, given[0])


def _log_in(request: Request, given: str) -> Response:
    token = context(request).settings.token
    home = request.scope.get("root_path", "") + "/"
    attempts = context(request).attempts
    if token is not None and (wait_s := attempts.wait_s(request.scope)):
        raise too_many(wait_s)
    if token is not None and not hmac.compare_digest(given.strip().encode(), token.encode()):
        attempts.failed(request.scope, given.strip())
        return login_form("That is not the token. The server printed it when it started.", 401, home)
    response = RedirectResponse(home, 303)
    if token is not None:
        response.set_cookie(
            COOKIE,
            session_of(token),
            max_age=_DAYS_30,
            path=home,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
    return response


OPERATIONS = (
    Operation("GET", "/login", get_login, hidden=True),
    Operation("POST", "/login", post_login, hidden=True),
)
