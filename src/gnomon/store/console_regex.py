"""Match a regular expression against lines; run as a process of its own by `console_search`.

In: `<u32 length><JSON of pattern and case>`, then blocks of lines `<u32 length><UTF-8>`. Out: `=` and the numbers of the
lines that match as int64, or `!` and what is wrong with the pattern. Imports the standard library only.
"""

import array
import json
import re
import struct
import sys
from typing import BinaryIO

MEMORY_BYTES = 1 << 30
CPU_S = 30


def main(given: BinaryIO, answer: BinaryIO) -> None:
    """Read all blocks, then answer."""
    asked = json.loads(_block(given) or b"{}")
    try:
        search = re.compile(asked["pattern"], 0 if asked["case"] else re.IGNORECASE).search
    except (re.error, OverflowError, RecursionError) as error:
        answer.write(b"!" + str(error).encode())
        return
    found, number = array.array("q"), 0
    while (block := _block(given)) is not None:
        lines = block.decode().split("\n")
        found.extend(n for n, line in enumerate(lines, number) if search(line))
        number += len(lines)
    if sys.byteorder == "big":
        found.byteswap()
    answer.write(b"=" + found.tobytes())


def _block(given: BinaryIO) -> bytes | None:
    head = given.read(4)
    return given.read(struct.unpack("<I", head)[0]) if len(head) == 4 else None


def _limit() -> None:
    """Let it not outlive whoever asked by much, should that one be killed."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    _limit()
    main(sys.stdin.buffer, sys.stdout.buffer)
