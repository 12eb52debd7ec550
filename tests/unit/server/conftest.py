"""The app in process: a memory engine, a real committer and bus, and a client that speaks as curl would."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from gnomon.server.app import create_app
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home
from gnomon.store.memory import MemoryEngine

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather use a successor of httpx that we do not need
    from starlette.testclient import TestClient


@pytest.fixture
def lab(home: Path) -> Iterator[Home]:
    home.mkdir()
    with Home(home, MemoryEngine()) as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path) -> ServerSettings:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><html><head><title>gnomon</title></head></html>")
    (static / "assets" / "main-Ab3dEf9h.js").write_text("export {}")
    (static / "favicon.svg").write_text("<svg/>")
    return ServerSettings(static=static)


@pytest.fixture
def client(lab: Home, settings: ServerSettings) -> Iterator[TestClient]:
    with TestClient(create_app(lab, settings), base_url="http://127.0.0.1:7000", raise_server_exceptions=False) as made:
        yield made
