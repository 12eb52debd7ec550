"""Which parts of what ran are captured: everything, unless `GNOMON_CAPTURE` or `init(capture=...)` says otherwise."""

import os
from collections.abc import Iterable, Mapping
from typing import Final

from gnomon.core.errors import InputError
from gnomon.sdk.notices import Notices

PARTS: Final = ("command", "code", "environment", "packages", "hardware", "seeds", "traceback")
_ALL: Final = ("", "all", "on", "1", "true", "yes")
_NONE: Final = ("off", "none", "0", "false", "no")

Wanted = bool | str | Iterable[str] | None


def wanted_parts(given: Wanted, notices: Notices, env: Mapping[str, str] = os.environ) -> frozenset[str]:
    """Return the parts to capture.

    Args:
        given: `True` or `"all"`, `False` or `"off"`, names (`"code,hardware"`, `["code"]`), or what to leave out
            (`"-environment"`); `None` goes by `GNOMON_CAPTURE`, and without that takes everything.
        notices: Who is told of names that are none.
        env: The environment.

    Example:
        >>> sorted(wanted_parts("code, seeds", Notices())), wanted_parts("off", Notices())
        (['code', 'seeds'], frozenset())
        >>> sorted(set(PARTS) - wanted_parts("-environment", Notices()))
        ['environment']
    """
    if given is None:
        given = env.get("GNOMON_CAPTURE", "")
    if isinstance(given, bool):
        return frozenset(PARTS if given else ())
    try:
        names = given.split(",") if isinstance(given, str) else [str(name) for name in given]
    except TypeError:
        names = [repr(given)]
    return _chosen([name.strip().lower() for name in names], notices)


def _chosen(names: list[str], notices: Notices) -> frozenset[str]:
    if all(name in _ALL for name in names):
        return frozenset(PARTS)
    if all(name in (*_NONE, "") for name in names):
        return frozenset()
    unknown = [name for name in names if name.removeprefix("-") not in (*PARTS, *_ALL, *_NONE)]
    if unknown:
        msg = f"capture: expected names among {', '.join(PARTS)}, received {unknown[0]!r:.40}. It is left out."
        notices.tell("capture", InputError(msg, field="capture"))
    left_out = {name[1:] for name in names if name.startswith("-")}
    named = {name for name in names if name in PARTS}
    if named or unknown:  # a slip in the list must not capture more than was asked for
        return frozenset(named - left_out)
    return frozenset(set(PARTS) - left_out)
