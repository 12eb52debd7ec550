"""What a route is: how it is called, who answers, and what travels. Routing and the OpenAPI document both come from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import Request

from gnomon.core.errors import InputError

JSON: Final = "application/json"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Operation:
    """Describe one method of one path.

    Args:
        method: `GET`, `POST`, `PATCH` or `DELETE`.
        path: As Starlette routes it, with `{name}` and `{name:path}`.
        handler: A function of the request (one that is not `async` runs in a thread), or a plain ASGI app.
        tag: Section of the document it belongs to.
        answer: What is sent; `None` for no content.
        query: Parameters of the query.
        body: What is received as JSON.
        media: Other types of the body (`in`) and of the answer (`out`) and their schemas.
        hidden: Left out of the document.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    tag: str = "server"
    answer: Any = None
    query: type | None = None
    body: Any = None
    media_in: tuple[str, ...] = ()
    media_out: tuple[str, ...] = ()
    hidden: bool = False


def read_query(request: Request, kind: type[T]) -> T:
    """Return the parameters of the query as the type they should have.

    Raises:
        InputError: One is wrong; `field` names it.
    """
    try:
        return msgspec.convert(dict(request.query_params), kind, strict=False)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$.")
        name = path.strip("`")
        msg = f"{name or 'query'}: {text[0].lower()}{text[1:]}. See /openapi.json for the parameters and their ranges."
        raise InputError(msg, field=name) from None
