"""The few pages the server writes itself: log in, and what to do when the web UI is not built."""

from html import escape

from starlette.responses import HTMLResponse, Response

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>gnomon</title></head><body><h1>gnomon</h1>{body}</body></html>
"""
_NOT_BUILT = """<p>The server runs and its API answers, but the web interface is not built.</p>
<p>In a clone, build it with:</p><pre>make web</pre>
<p>A released package carries it: reinstall gnomon when you installed one.</p>
<p><a href="openapi.json">What the API understands</a></p>"""
_LOGIN = """<p>{message}</p><form method="post" action="login">
<label>Token <input type="password" name="token" autocomplete="current-password" required autofocus></label>
<button>Log in</button></form>"""


def not_built() -> Response:
    """Return the page that says how to build the UI."""
    return HTMLResponse(_PAGE.format(body=_NOT_BUILT), 503, {"Cache-Control": "no-cache"})


def login_form(message: str = "This server asks for its token.", status: int = 200, base: str = "/") -> Response:
    """Return the page that asks for the token."""
    body = _LOGIN.format(message=escape(message)).replace('action="login"', f'action="{escape(base)}login"')
    return HTMLResponse(_PAGE.format(body=body), status)
