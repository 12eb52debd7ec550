"""Requests that meet are computed together, and get what each would have got alone."""

import asyncio
import threading
from typing import Any

import numpy as np
import pytest

from gnomon.core.errors import BusyError, InputError
from gnomon.server.serving.batches import MAX_WAITING, Batches

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def doubled(inputs: dict[str, Any]) -> dict[str, Any]:
    if (inputs["x"] < 0).any():
        msg = "x: negative."
        raise InputError(msg)
    return {"y": inputs["x"] * 2}


def rows(*values: float) -> dict[str, Any]:
    return {"x": np.array(values)}


@pytest.mark.parametrize("slow_s", [1e9, -1.0], ids=["between requests", "in a thread"])
async def test_everybody_gets_the_rows_that_were_theirs(slow_s: float) -> None:
    batches = Batches(doubled, most=8, slow_s=slow_s)
    asked = [rows(*range(i, i + 1 + i % 3)) for i in range(50)]
    found = await asyncio.gather(*(batches.ask(each, len(each["x"])) for each in asked))
    assert [each["y"].tolist() for each in found] == [(each["x"] * 2).tolist() for each in asked]
    assert batches.computed == sum(len(each["x"]) for each in asked)
    assert batches.batches < 25, "several went together"
    many = await batches.ask(rows(*range(30)), 30)
    assert many["y"].tolist() == [2 * i for i in range(30)]
    batches.close()


async def test_one_that_is_alone_goes_at_once() -> None:
    batches = Batches(doubled)
    for i in range(3):
        assert (await batches.ask(rows(i), 1))["y"].tolist() == [2 * i]
    assert (batches.batches, batches.computed) == (3, 3)


async def test_what_one_sends_fails_nobody_else() -> None:
    batches = Batches(doubled)
    found = await asyncio.gather(*(batches.ask(rows(i), 1) for i in (1, -1, 3)), return_exceptions=True)
    assert [type(each).__name__ for each in found] == ["dict", "InputError", "dict"]
    assert (await batches.ask(rows(4), 1))["y"].tolist() == [8]


async def test_rows_of_other_shapes_go_apart() -> None:
    seen: list[tuple[int, ...]] = []

    def told(inputs: dict[str, Any]) -> dict[str, Any]:
        seen.append(inputs["x"].shape)
        return {"y": inputs["x"].sum(axis=1)}

    batches = Batches(told)
    found = await asyncio.gather(*(batches.ask({"x": np.ones((1, n))}, 1) for n in (2, 2, 5, 2)))
    assert [each["y"].tolist() for each in found] == [[2], [2], [5], [2]]
    assert seen == [(2, 2), (1, 5), (1, 2)]


async def test_more_than_can_be_answered_soon_is_refused() -> None:
    began, going = threading.Event(), threading.Event()

    def waiting(inputs: dict[str, Any]) -> dict[str, Any]:
        began.set()
        assert going.wait(30)
        return doubled(inputs)

    batches = Batches(waiting, most=64, slow_s=-1.0)
    asked = [asyncio.ensure_future(batches.ask(rows(*[1.0] * 64), 64))]
    assert await asyncio.to_thread(began.wait, 30)
    asked += [asyncio.ensure_future(batches.ask(rows(*[1.0] * 64), 64)) for _ in range(MAX_WAITING // 64)]
    await asyncio.sleep(0)
    with pytest.raises(BusyError, match="rows wait to be predicted"):
        await batches.ask(rows(1.0), 1)
    going.set()
    assert all((each["y"] == 2).all() for each in await asyncio.gather(*asked))
    batches.close()


async def test_who_has_gone_is_not_computed_for() -> None:
    batches = Batches(doubled)
    gone = asyncio.ensure_future(batches.ask(rows(1), 1))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await batches.ask(rows(2), 1))["y"].tolist() == [4]
    assert batches.computed == 1
