"""Layouts of embeddings through a server process: given up with the reader, ended with the server."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

import gnomon
from gnomon.core import journal
from gnomon.core.records.registry import encode

from .test_record_server import new_run
from .test_server_process import Server, serving

pytest.importorskip("sklearn")
LINES = {"accept": "application/x-ndjson"}
PATIENCE_S = 60


def large(server: Server) -> str:
    """Log an embedding whose layout takes many seconds; return its address."""
    made = encode(gnomon.Embedding(np.random.default_rng(0).normal(size=(2000, 10))))
    assert made is not None
    assert not isinstance(made.data, Path)
    run = new_run(server, journal.encode(journal.OBJECT, "e", made.kind, 0, 1, made.meta, bytes(made.data)))
    (row,) = server.client.get(f"/api/v1/runs/{run}/records?key=e").json()["records"]
    return f"/api/v1/runs/{run}/records/{row['id']}/projection"


def begun(server: Server, lines: Iterator[str]) -> psutil.Process:
    """Wait until the work is on its way, and return the process that does it.

    The caller holds the lines: when nobody does, they close the connection, as a reader that goes away.
    """
    for line in lines:
        if json.loads(line)["part"] > 0:
            break
    (found,) = psutil.Process(server.process.pid).children()
    assert "gnomon.analysis.project" in found.cmdline()
    return found


def test_work_ends_with_its_reader_and_with_an_orderly_end_of_the_server(home: Path) -> None:
    with serving(home) as server:
        path = large(server)
        with server.client.stream("GET", path, headers=LINES) as answer:
            lines = answer.iter_lines()
            found = begun(server, lines)
            assert found.nice() == min(19, psutil.Process(server.process.pid).nice() + 10)
        found.wait(PATIENCE_S)
        with server.client.stream("GET", path, headers=LINES) as answer:
            lines = answer.iter_lines()
            found = begun(server, lines)
            server.process.terminate()
            found.wait(PATIENCE_S)
        out, err = server.process.communicate(timeout=PATIENCE_S)
        assert (out, server.process.returncode, "Traceback" in err) == ("closed\n", 0, False), err


def test_a_server_that_is_killed_leaves_no_work_behind(home: Path) -> None:
    with serving(home) as server, server.client.stream("GET", large(server), headers=LINES) as answer:
        lines = answer.iter_lines()
        found = begun(server, lines)
        server.kill()
        found.wait(PATIENCE_S)
