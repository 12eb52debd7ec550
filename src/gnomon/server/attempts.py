"""How often an address may guess the token: a few times a minute, whatever it guesses."""

import ipaddress
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from starlette.types import Scope

MOST: Final = 20
WINDOW_S: Final = 60.0
_MAX_ADDRESSES: Final = 1024


@dataclass(slots=True)
class _Guesses:
    until: float
    seen: set[int] = field(default_factory=set)


class Attempts:
    """Count the wrong tokens of each address.

    Only different ones count: a trainer that sends its outdated token over and over is no guesser, and must not shut
    out the others on its machine. An address that has used up its guesses is refused with the right token too, or it
    could go on guessing; a browser that has logged in before keeps its cookie and notices nothing.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._by_address: dict[str, _Guesses] = {}

    def __len__(self) -> int:
        return len(self._by_address)

    def wait_s(self, scope: Scope) -> int:
        """Return for how many whole seconds the sender of a request may not try any token; 0 when it may."""
        found = self._by_address.get(_address(scope))
        if found is None or len(found.seen) < MOST:
            return 0
        return max(0, math.ceil(found.until - self._clock()))

    def failed(self, scope: Scope, given: str) -> None:
        """Note a wrong token; it is not kept, only a number that it hashes to."""
        now, address = self._clock(), _address(scope)
        found = self._by_address.get(address)
        if found is None or found.until <= now:
            self._by_address.pop(address, None)
            self._make_room(now)
            found = self._by_address[address] = _Guesses(now + WINDOW_S)
        found.seen.add(hash(given))

    def _make_room(self, now: float) -> None:
        """Windows are of equal length, so that the first in the dictionary is the first to end."""
        while self._by_address:
            oldest = next(iter(self._by_address))
            if self._by_address[oldest].until > now and len(self._by_address) < _MAX_ADDRESSES:
                return
            del self._by_address[oldest]


def _address(scope: Scope) -> str:
    """Return whom to count: an IPv4 address, or the /64 that one IPv6 customer has to himself."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)
