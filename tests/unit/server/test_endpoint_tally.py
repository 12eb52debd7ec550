"""Each request to an endpoint is counted once: of the version that answered it, in the role in which that was asked."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.server.serving.made import linear

from gnomon.models.registry.record import Port, Signature
from gnomon.server.endpoint_entry import Entry
from gnomon.server.endpoint_process import HostLimits
from gnomon.server.endpoint_tally import Tally
from gnomon.server.serving.counts import Counted
from gnomon.server.serving.endpoint import Endpoint
from gnomon.server.serving.status import Plan, Source
from gnomon.store.documents import Document

SIGNATURE = Signature((Port("x", (2,)),), (Port("y", (2,), "float32", "classification", ("no", "yes")),))
RIGHT, WRONG = {"inputs": [[1, 3], [1, 3]]}, {"inputs": [1, 2, 3]}


@pytest.fixture
def sources(tmp_path: Path) -> list[Source]:
    """Versions 1, 2 and 3."""
    places = [linear(tmp_path / f"{number}.onnx", (2,), 2, number) for number in (1, 2, 3)]
    return [
        Source(f"m@{number}", str(number), "onnx", str(tmp_path), str(place), SIGNATURE)
        for number, place in enumerate(places, 1)
    ]


async def ask(client: httpx.AsyncClient, times: int, body: Any = RIGHT) -> None:
    for _ in range(times):
        await client.post("/predict", json=body)


def test_a_version_that_goes_keeps_its_counts_those_of_its_last_request_among_them(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = sources
    tally = Tally()

    async def run() -> None:
        endpoint = Endpoint("m", Plan(first, second, 1.0))
        begun, may = asyncio.Event(), asyncio.Event()
        transport = httpx.ASGITransport(endpoint)
        async with httpx.AsyncClient(transport=transport, base_url="http://m") as client:
            await ask(client, 5)  # all by the canary
            await ask(client, 2, WRONG)  # which the canary passes to the model
            tally.hear(endpoint.counts.news())
            await endpoint.adopt(Plan(second, second, 1.0))  # the alias moves to the version of the canary
            await ask(client, 3)
            await endpoint.adopt(Plan(second, None, 0.0, second))
            live = endpoint.model
            answer = live.ask

            async def held(ready: Any) -> Any:
                begun.set()
                await may.wait()
                return await answer(ready)

            monkeypatch.setattr(live, "ask", held)
            last = asyncio.create_task(ask(client, 1))
            await begun.wait()
            await endpoint.adopt(Plan(third))
            tally.hear(endpoint.counts.news())
            may.set()
            await last
            await ask(client, 4)
            tally.hear(endpoint.counts.news())
            assert endpoint.counts.news() == []

    asyncio.run(run())
    assert tally.known() == [("m@3", "model"), ("m@2", "model"), ("m@2", "canary"), ("m@1", "model")]
    assert [tally.of(*key) for key in tally.known()] == [
        Counted("m@3", "model", 4, 0, 0, 8),
        Counted("m@2", "model", 1, 0, 0, 2),
        Counted("m@2", "canary", 8, 0, 0, 16, passed=2),
        Counted("m@1", "model", 2, 2, 0, 0),
    ]
    total = tally.total()
    assert (total.requests, total.refused, total.failed) == (15, 2, 0)


def test_counts_go_on_with_the_next_process_however_many_it_begins_with() -> None:
    tally = Tally()
    for counts in ((5, 9), (12, 30), ()):
        tally.begin()
        for requests in counts:
            tally.hear([Counted("m@1", "model", requests, 1), Counted("m@1", "shadow", 100)])
    assert tally.of("m@1", "model") == Counted("m@1", "model", 39, 2)
    assert (tally.of("m@2", "model"), tally.total().requests) == (Counted("m@2", "model"), 39)


def test_what_a_process_answered_is_told_whole_after_switches_and_when_it_is_stopped(
    home: Path, sources: list[Source]
) -> None:
    home.mkdir()
    document = Document("endpoint", "m", 1, 1, {"model": "m@champion"}, 1)
    answered = Counter[str]()

    async def run() -> Any:
        entry = Entry.of(document, home, home / "endpoints" / "m", lambda: None, HostLimits(grace_s=120))
        process = entry.process
        try:
            for plan in (*map(Plan, sources), Plan(sources[1], sources[1], 0.5)):
                await entry.follow(plan)
                await process.ready(120)
                await process.settled()
                transport = httpx.AsyncHTTPTransport(uds=process.address)
                async with httpx.AsyncClient(transport=transport, base_url="http://m", timeout=120) as client:
                    for _ in range(20):
                        got = await client.post("/predict", json=RIGHT)
                        answered[got.headers["gnomon-version"]] += 1
            shown = [(each.version, each.role) for each in entry.row().versions]
            assert shown == [("m@2", "model"), ("m@2", "canary")]
            await process.stop()
            return entry.row()
        finally:
            await process.close()

    row = asyncio.run(asyncio.wait_for(run(), 150))
    assert answered == {"m@1": 20, "m@2": 40, "m@3": 20}
    told = Counter[str]()
    for each in row.past:
        told[each.version] += each.requests
    assert (row.state, row.versions, row.requests, row.refused, told) == ("stopped", [], 80, 0, answered)
