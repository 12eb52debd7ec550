"""Files in request bodies: the body itself, or the first file of a form, as browsers and curl send them."""

import re
from typing import Final

from gnomon.core.errors import InputError
from gnomon.server.rules import MULTIPART

_BOUNDARY: Final = re.compile(r"""boundary=(?:"([^"\r\n]{1,200})"|([^;,\s"]{1,200}))""", re.IGNORECASE)
_MAX_HEAD_BYTES: Final = 16 << 10


def read_file(body: bytes, content_type: str) -> bytes:
    r"""Return the file in a body.

    Args:
        body: Whole.
        content_type: With its parameters; what is not a multipart form is the file.

    Raises:
        InputError: The form holds no file.

    Example:
        >>> form = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nhi\r\n--x--\r\n'
        >>> read_file(form, "multipart/form-data; boundary=x")
        b'hi'
    """
    if content_type.partition(";")[0].strip().lower() != MULTIPART:
        return body
    found = _BOUNDARY.search(content_type)
    if found is None:
        msg = "Content-Type: expected multipart/form-data with its boundary."
        raise InputError(msg, field="Content-Type")
    mark = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    # Every part begins with the mark at the beginning of a line; in front of the first there is no line.
    for part in (b"\r\n" + body).split(b"\r\n" + mark)[1:]:
        head, empty, data = part.partition(b"\r\n\r\n")
        if empty and len(head) <= _MAX_HEAD_BYTES and b"filename" in head.lower():
            return data
    msg = "body: expected a form with a file in it, such as curl -F file=@picture.png sends."
    raise InputError(msg, field="body")
