"""The process of an endpoint: ended when it takes too much or hangs, started anew, stopped without a trace."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest
from tests.unit.server.serving.made import linear

from gnomon.core.errors import BusyError, UnavailableError
from gnomon.models.registry.record import Port, Signature
from gnomon.server.endpoint_process import EndpointProcess, HostLimits
from gnomon.server.serving.orders import Orders
from gnomon.server.serving.status import Plan, Source

SIGNATURE = Signature((Port("x", (2,)),), (Port("y", (2,), "float32", "classification", ("no", "yes")),))


@pytest.fixture
def orders(tmp_path: Path) -> Orders:
    place = linear(tmp_path / "m.onnx", (2,), 2, 1)
    return Orders(1, Plan(Source("m@1", "1", "onnx", str(tmp_path), str(place), SIGNATURE)))


def watched(home: Path, limits: HostLimits, look: Callable[[EndpointProcess, asyncio.Event], Awaitable[None]]) -> None:
    """Have something done with a process; the event is set at each change."""

    async def run() -> None:
        changed = asyncio.Event()
        process = EndpointProcess("m", home, home / "endpoints" / "m", changed.set, {}, limits)
        try:
            await look(process, changed)
        finally:
            await process.close()
        assert not Path(process.address).parent.exists()

    home.mkdir()
    before = set(psutil.Process().children())  # of other tests, whose end nobody has asked for yet
    asyncio.run(asyncio.wait_for(run(), 150))
    assert set(psutil.Process().children()) <= before


async def reach(process: EndpointProcess, changed: asyncio.Event, state: str) -> None:
    while process.state != state:
        changed.clear()
        await changed.wait()


def test_one_that_takes_too_much_memory_is_ended_told_and_stopped_while_it_waits(home: Path, orders: Orders) -> None:
    async def look(process: EndpointProcess, changed: asyncio.Event) -> None:
        with pytest.raises(UnavailableError, match="m is stopped"):
            await process.ready()
        await process.follow(orders)
        await reach(process, changed, "restarting")
        assert (process.restarts, process.trouble) == (1, "Its process took more than 1 MB of memory and was ended.")
        with pytest.raises(BusyError, match="took more than 1 MB"):
            await process.ready(0.01)
        text, size = await process.log(1_000)
        assert ("took more than 1 MB" in text, size > 40) == (True, True)
        await process.stop()
        assert (process.state, process.pid) == ("stopped", None)

    watched(home, HostLimits(memory_bytes=1 << 20, first_wait_s=600), look)


def test_one_that_hangs_is_ended_and_what_cannot_be_loaded_is_not_started_again(home: Path, orders: Orders) -> None:
    async def look(process: EndpointProcess, changed: asyncio.Event) -> None:
        await process.follow(orders)
        await process.ready(120)
        assert process.pid is not None
        psutil.Process(process.pid).suspend()
        process.limits = HostLimits(silent_s=1, first_wait_s=600, stable_s=600)
        await reach(process, changed, "restarting")
        assert process.trouble == "Its process said nothing for 1 s and was ended."
        process.limits = HostLimits()
        await asyncio.to_thread(Path(orders.plan.model.model).write_bytes, b"no model")
        again = Orders(2, orders.plan)
        await process.follow(again)  # it waits no longer
        await reach(process, changed, "failed")
        assert "ONNX Runtime cannot load it" in process.trouble
        with pytest.raises(UnavailableError, match="m cannot be served: m"):
            await process.ready()

    watched(home, HostLimits(first_wait_s=600, stable_s=600), look)
