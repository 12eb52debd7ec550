"""Identifiers that sort by time, and names that people can say.

A run id is 20 characters of Crockford base32: 48 bits of milliseconds since 1970 (10 characters, sortable),
then 50 random bits (10 characters). Two machines that start 1,000 runs in the same millisecond collide with
a probability below 1e-9.
"""

import secrets
from typing import Final

from gnomon.core.clock import Clock, now_us

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_ADJECTIVES: Final = (
    "amber ample apt bold brave brisk bright calm clear clever cold cool crisp dapper deep dry eager early fair fast "
    "fine firm fleet fond free fresh gentle glad golden grand green hale happy hardy honest humble keen kind late "
    "light lively long lucid lucky mellow merry mild neat nimble noble north old pale patient plain polite prime "
    "proud quick quiet rapid ready red round royal safe sharp shy silent silver slow small smart snug solid sound "
    "south spry steady still stout sunny sure swift tall tender thin tidy true vivid warm west wide wise witty young"
).split()
_ANIMALS: Final = (
    "adder badger bear beaver bee bison brook camel carp cat cobra cod crab crane cricket crow deer dingo dove duck "
    "eagle eel elk falcon ferret finch fox frog gecko goat goose grouse gull hare hawk heron horse ibex ibis jay "
    "kestrel kite koala lark lemur lion llama lynx magpie marten mink mole moose moth mule newt ocelot orca oriole "
    "osprey otter owl panda perch pike pine plover puffin quail rabbit raven robin rook salmon seal shrew skink "
    "snipe sparrow squid stoat stork swan swift tapir teal tern thrush tiger toad trout turtle viper vole walrus "
    "wasp whale wolf wombat wren yak zebra"
).split()


def run_id(clock: Clock = now_us) -> str:
    """Return a new run id: 20 characters, ordered by the time it was made."""
    return base32(clock() // 1000, 10) + base32(secrets.randbits(50), 10)


def writer_id() -> str:
    """Return a new id for one writer of one run: 12 random characters."""
    return base32(secrets.randbits(60), 12)


def run_name() -> str:
    """Return a name such as `brave-otter-7`.

    Example:
        >>> len(run_name().split("-"))
        3
    """
    return f"{secrets.choice(_ADJECTIVES)}-{secrets.choice(_ANIMALS)}-{secrets.randbelow(999) + 1}"


def is_id(text: str) -> bool:
    """Tell whether `text` could be the id of a run or a writer, and so the name of a folder or a file.

    Example:
        >>> is_id("../etc/passwd")
        False
    """
    return 6 <= len(text) <= 40 and all(c in _ALPHABET for c in text)


def is_hash(text: object) -> bool:
    """Tell whether `text` could be a SHA-256 as 64 lowercase hex digits, and so the name of a blob.

    Example:
        >>> is_hash("../etc/passwd")
        False
    """
    return isinstance(text, str) and len(text) == 64 and all(c in "0123456789abcdef" for c in text)


def base32(number: int, length: int) -> str:
    """Return the low `5 * length` bits of `number` as `length` characters.

    Example:
        >>> base32(31, 2)
        '0z'
    """
    digits = []
    for _ in range(length):
        digits.append(_ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(digits))
