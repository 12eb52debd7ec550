"""What a job prints is bounded; what is kept is its beginning and its end, at the places that it had."""

import os
from pathlib import Path

import pytest
from tests.unit.models.jobs.watched import Start

from gnomon.models.jobs import output
from gnomon.models.jobs.output import Output

HEAD, TAIL, MOST = 1000, 2000, 5000
LINES = b"".join(b"line %06d\n" % i for i in range(20_000))  # 12 bytes each, 240,000 in all


def talked(path: Path, pieces: int = 977) -> Output:
    out = Output(path, HEAD, TAIL, MOST)
    for i in range(0, len(LINES), pieces):
        out.write(LINES[i : i + pieces])
        assert path.stat().st_size <= MOST
    return out


def test_beginning_and_end_are_kept_and_a_line_says_how_much_is_not(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    talked(path).close()
    kept = path.read_bytes()
    head, notice, tail = kept[:HEAD], kept[HEAD:].split(b"\n", 2)[1].decode(), kept[HEAD:].split(b"\n", 2)[2]
    assert (LINES[:HEAD], LINES.endswith(tail), tail[:5], len(tail) >= TAIL) == (head, True, b"line ", True)
    said = int(notice.split()[3])
    assert said == len(LINES) - len(head) - len(tail)
    assert output.printed(path, HEAD) == len(LINES)
    assert [path.name for path in tmp_path.iterdir()] == ["output.log"]
    assert path.stat().st_mode & 0o777 == 0o600
    with_more = Output(path, HEAD, TAIL, MOST)  # another life of the job
    with_more.write(b"again\n")
    assert (output.tail(path, 6, None, HEAD)[0], output.printed(path, HEAD)) == (b"again\n", len(LINES) + 6)
    with_more.close()


def test_every_byte_that_is_kept_is_found_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    talked(path).close()
    kept: dict[int, bytes] = {}
    place = 0
    while place < len(LINES):  # as one who follows reads
        data, first, total = output.part(path, place, 700, HEAD)
        assert (total, first >= place, data != b"") == (len(LINES), True, True)
        kept[first] = data
        place = first + len(data)
    (at,) = [first for first, data in kept.items() if b"gnomon left out" in data]
    after = min(first for first in kept if first > at)
    assert all(LINES[first : first + len(data)] == data for first, data in kept.items() if first >= after)
    back, end = [], len(LINES)
    while end > 0:  # as one who scrolls back reads
        data, first, _ = output.tail(path, 700, end, HEAD)
        back.append((first, data))
        end = first
    assert b"".join(data for _, data in sorted(back)) == b"".join(data for _, data in sorted(kept.items()))
    assert output.part(path, 10**9, 10, HEAD) == (b"", len(LINES), len(LINES))
    assert output.tail(tmp_path / "none", 10) == output.part(tmp_path / "none", 3, 10) == (b"", 0, 0)


def test_a_full_disk_costs_what_does_not_fit_and_says_how_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, write = tmp_path / "output.log", os.write
    out = Output(path)
    out.write(b"before\n")

    def full(descriptor: int, data: bytes) -> int:
        if len(data) > 4:
            return write(descriptor, data[:4])  # half of it, as a disk does that has a little room
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    out.write(b"0123456\n")
    out.write(b"89\n")
    monkeypatch.undo()
    out.write(b"after\n")
    assert path.read_bytes() == b"before\n\n[gnomon: 11 bytes were not written, the disk was full]\nafter\n"


def test_a_script_that_prints_without_end_is_heard_to_its_last_line(start: Start) -> None:
    job = start("""
    import os
    for i in range(600): os.write(1, b"x" * 65535 + b"\\n")
    os.write(1, b"the end\\n")
    raise ValueError(7)
    """)
    assert (job.end().state, job.story.error and job.story.error.message) == ("failed", "7")
    assert job.folder.output.stat().st_size <= output.MOST_BYTES
    data, _, total = job.folder.tail(4000)
    assert data.endswith(b"ValueError: 7\n")
    assert b"\nthe end\n" in data
    assert total > 600 * 65536
