"""The fragment of HTML that an interactive figure is: an element, its data, and the call that draws one into the other."""

from typing import Final

_HOST: Final = "figure"


def fragment(spec: bytes, script: str) -> bytes:
    """Return HTML that draws `spec`, once the scripts it needs are loaded.

    The data lie in an element of their own, not in a script: no text of a figure can end it or run.

    Args:
        spec: JSON in UTF-8.
        script: Called with `host`, an element, and `spec`, what the JSON says.
    """
    safe = spec.replace(b"<", b"\\u003c").replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
    call = f'const host = document.getElementById("{_HOST}"); const spec = JSON.parse(document.getElementById("{_HOST}-spec").textContent); {script}'
    return (
        f'<div id="{_HOST}"></div><script type="application/json" id="{_HOST}-spec">'.encode()
        + safe
        + f"</script><script>(() => {{ {call} }})();</script>".encode()
    )
