"""Layouts of embeddings over HTTP, by the real process and the real scikit-learn."""

import asyncio
import io
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from starlette.testclient import TestClient

import gnomon
from gnomon.analysis import projection
from gnomon.analysis.projection import Layout
from gnomon.core.batch import Object
from gnomon.core.errors import BusyError, InputError, LimitError, UnavailableError
from gnomon.core.records.registry import encode
from gnomon.server.app import create_app
from gnomon.server.projections import Link, Progress, Projections
from gnomon.server.projector import Limits, projector
from gnomon.server.routes.projections import parent
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home

from .logged import new_run, ramp, record, tensor

pytest.importorskip("sklearn")
Places = npt.NDArray[np.float32]
LINES = {"accept": "application/x-ndjson"}
TSNE = Layout("tsne", perplexity=5)


def vectors(step: int = 0, n: int = 24) -> Places:
    rng = np.random.default_rng(step)
    return (np.repeat(np.eye(4, 6), n // 4, axis=0) * 9 + rng.normal(0, 0.4, (n, 6))).astype(np.float32)


def embedding(step: int, array: Places | None = None) -> Object:
    encoded = encode(gnomon.Embedding(vectors(step) if array is None else array))
    assert encoded is not None
    assert not isinstance(encoded.data, Path)
    return record("e", step, encoded.kind, bytes(encoded.data), **encoded.meta)


def rows(client: TestClient, run: str, key: str = "e") -> list[str]:
    """Return the address of each record of a key."""
    found = client.get(f"/api/v1/runs/{run}/records", params={"key": key}).json()["records"]
    return [f"/api/v1/runs/{run}/records/{row['id']}/projection" for row in found]


def places(client: TestClient, path: str, **asked: object) -> Places:
    answer = client.get(path, params={"perplexity": 5, **asked})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-npy"), answer.text
    return np.load(io.BytesIO(answer.content))


def test_a_step_is_laid_out_from_the_one_before_and_kept(client: TestClient, lab: Home) -> None:
    first, _, last = rows(client, new_run(lab, embedding(0), embedding(5), embedding(9)))
    answer = client.get(last, params={"perplexity": 5}, headers=LINES)
    lines = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    assert lines[-1] == {"state": "ready", "done": 0, "of": 0, "part": 0.0, "problem": None}
    done = [(line["done"], line["part"]) for line in lines[:-1]]
    assert {(line["state"], line["of"]) for line in lines[:-1]} <= {("waiting", 3), ("working", 3)}
    assert done == sorted(done)

    made = client.app.state.context.projections  # type: ignore[attr-defined]
    assert made.made == 3
    one, three = places(client, first), places(client, last)
    assert (one.shape, three.shape, made.made) == ((24, 2), (24, 2), 3)
    assert np.linalg.norm(one - three, axis=1).mean() < 0.5 * one.std() * 2
    assert len(list((lab.path / "cache" / "projections").glob("??/*.npy"))) == 3
    alone = places(client, last, follow="false")
    assert made.made == 4
    assert not np.array_equal(alone, three)


def test_a_reader_that_has_it_is_told_so(client: TestClient, lab: Home) -> None:
    (path,) = rows(client, new_run(lab, embedding(0)))
    answer = client.get(path, params={"dims": 3})
    assert np.load(io.BytesIO(answer.content)).shape == (24, 3)
    assert answer.headers["cache-control"] == "private, no-cache"
    again = client.get(path, params={"dims": 3}, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_other_points_begin_anew(client: TestClient, lab: Home) -> None:
    paths = rows(client, new_run(lab, embedding(0), embedding(1, vectors(1, 28)), embedding(2, vectors(2, 28))))
    places(client, paths[-1])
    made = client.app.state.context.projections.made  # type: ignore[attr-defined]
    assert made == 2


def test_each_sixteenth_step_begins_sixteen_before() -> None:
    def chain(i: int) -> list[int]:
        return [i] if i == 0 else [*chain(parent(i)), i]

    assert chain(3) == [0, 1, 2, 3]
    assert chain(33) == [0, 16, 32, 33]
    assert max(len(chain(i)) for i in (4095, 9999)) <= 61


@pytest.mark.parametrize("query", ["method=x", "dims=4", "seed=-1", "perplexity=0", "perplexity=nan", "neighbors=1"])
def test_a_layout_that_makes_no_sense_is_refused(client: TestClient, lab: Home, query: str) -> None:
    (path,) = rows(client, new_run(lab, embedding(0)))
    assert client.get(f"{path}?{query}").status_code == 400


def test_what_has_no_layout_says_why(lab: Home, settings: ServerSettings) -> None:
    run = new_run(lab, embedding(0, vectors(0, 3 * 4)), tensor("t", 0, ramp(0)))
    few = replace(settings, projections=Limits(max_rows=11))
    with TestClient(create_app(lab, few), base_url="http://127.0.0.1:7000") as client:
        assert client.get("/api/v1/projections").json()["max_rows"] == 11
        (path,) = rows(client, run)
        large = client.get(path).json()
        assert (large["status"], large["detail"]) == (
            413,
            "vectors: expected at most 11 of them, received 12. Log a sample of them.",
        )
        (path,) = rows(client, run, "t")
        assert client.get(path).json()["detail"] == "kind: expected an embedding, this record is of kind tensor."
    broken = new_run(lab, record("b", 0, "embedding", b"1234", n=10**9, dim=10**9))
    with TestClient(create_app(lab, settings), base_url="http://127.0.0.1:7000") as client:
        (path,) = rows(client, broken, "b")
        assert client.get(path).status_code in {400, 413}


def test_too_few_points_are_told_in_the_stream(client: TestClient, lab: Home) -> None:
    (path,) = rows(client, new_run(lab, embedding(0, np.eye(3, dtype=np.float32))))
    last = msgspec.json.decode(client.get(path, headers=LINES).content.splitlines()[-1])
    detail = "vectors: expected at least 4 finite ones, there are 3. Log more points."
    assert (last["state"], last["problem"]["status"], last["problem"]["detail"]) == ("failed", 400, detail)
    assert client.get(path).json()["detail"] == detail


def test_without_the_extra_the_server_says_what_to_install(
    client: TestClient, lab: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = rows(client, new_run(lab, embedding(0)))
    monkeypatch.setattr(projection, "find_spec", lambda _: None)
    hints = [each["missing"] for each in client.get("/api/v1/projections").json()["methods"]]
    assert hints == [
        "t-SNE needs the package scikit-learn where the server runs. Install gnomon[embed].",
        "UMAP needs the package umap-learn where the server runs. Install gnomon[embed] and umap-learn.",
    ]
    answer = client.get(path)
    assert (answer.status_code, answer.json()["detail"]) == (501, hints[0])


def test_a_package_that_does_not_import_is_told_as_missing(
    tmp_path: Path, client: TestClient, lab: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sklearn").mkdir()
    (tmp_path / "sklearn" / "__init__.py").write_text("raise ImportError('built for another machine')")
    source = Path(gnomon.__file__).parents[1]
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{source}")
    (path,) = rows(client, new_run(lab, embedding(0)))
    answer = client.get(path)
    assert (answer.status_code, answer.json()["detail"]) == (501, "built for another machine")


def link(tag: str, array: Places | None = None) -> Link:
    return Link(tag * 40, lambda: vectors() if array is None else array)


def run_with(tmp_path: Path, limits: Limits, work: Callable[[Projections], object]) -> None:
    async def go() -> None:
        made = Projections(tmp_path / "cache", limits=limits)
        await work(made)  # type: ignore[misc]
        await made.close()

    asyncio.run(go())


def quiet(_: Progress) -> None:
    pass


def test_work_that_nobody_waits_for_any_more_is_given_up(tmp_path: Path) -> None:
    big = np.random.default_rng(0).normal(size=(3000, 20)).astype(np.float32)

    async def work(made: Projections) -> None:
        begun = asyncio.Event()

        def hear(progress: Progress) -> None:
            if progress.part > 0:
                begun.set()

        readers = [asyncio.create_task(made.get([link("a", big)], TSNE, hear)) for _ in range(2)]
        await begun.wait()
        readers[0].cancel()
        await asyncio.gather(readers[0], return_exceptions=True)
        assert len(made._jobs) == 1  # one still waits
        job = next(iter(made._jobs.values()))
        readers[1].cancel()
        await asyncio.gather(readers[1], return_exceptions=True)
        assert (made._jobs, job.task.cancelled(), made.made) == ({}, True, 0)
        assert len(await made.get([link("b")], TSNE, quiet)) > 100  # its turn comes

    run_with(tmp_path, Limits(), work)


def test_a_process_that_is_killed_costs_only_this_answer() -> None:
    big = np.random.default_rng(0).normal(size=(3000, 20)).astype(np.float32)

    async def ask() -> None:
        async with projector(Limits()) as process:

            def hear(_: float) -> None:
                os.kill(process.process.pid, signal.SIGKILL)

            with pytest.raises(UnavailableError, match="ended with status -9"):
                await process.lay_out(big, TSNE, None, hear)
        async with projector(Limits()) as process:
            assert (await process.lay_out(vectors(), TSNE, None, lambda _: None)).shape == (24, 2)
            pid = process.process.pid
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    asyncio.run(ask())


def test_a_process_whose_server_is_gone_ends() -> None:
    big = np.random.default_rng(0).normal(size=(3000, 20)).astype(np.float32)

    async def ask() -> None:
        async with projector(Limits()) as process:
            source = process.process.stdin
            assert source is not None

            def hear(_: float) -> None:
                source.close()  # as the system does for a server that was killed

            with pytest.raises(UnavailableError, match="ended with status 0"):
                await process.lay_out(big, TSNE, None, hear)

    asyncio.run(ask())


def test_a_layout_that_takes_too_long_is_not_tried_again(tmp_path: Path) -> None:
    async def work(made: Projections) -> None:
        for _ in range(2):
            with pytest.raises(LimitError, match="not ready within 0 s"):
                await made.get([link("a")], TSNE, quiet)
        read: list[int] = []
        with pytest.raises(LimitError):
            await made.get([Link("a" * 40, lambda: read.append(1) or vectors())], TSNE, quiet)
        assert read == []

    run_with(tmp_path, Limits(timeout_s=0.001), work)


def test_a_layout_cannot_take_all_memory(tmp_path: Path) -> None:
    async def work(made: Projections) -> None:
        wide = np.random.default_rng(0).normal(size=(2000, 2000)).astype(np.float32)
        with pytest.raises((LimitError, UnavailableError), match=r"more than 4 MB of memory|ended with status"):
            await made.get([link("a", wide)], TSNE, quiet)

    run_with(tmp_path, Limits(memory_bytes=4 << 20), work)


def test_of_many_some_are_sent_away(tmp_path: Path) -> None:
    async def work(made: Projections) -> None:
        begun = asyncio.Event()
        first = asyncio.create_task(made.get([link("a")], TSNE, lambda _: begun.set()))
        await begun.wait()
        with pytest.raises(BusyError, match="1 layouts are waiting"):
            await made.get([link("b")], TSNE, quiet)
        assert (await first).startswith(b"\x93NUMPY")

    run_with(tmp_path, Limits(max_waiting=0), work)


def test_a_file_that_a_power_cut_left_half_is_made_again(tmp_path: Path) -> None:
    async def work(made: Projections) -> None:
        whole = await made.get([link("a")], TSNE, quiet)
        (path,) = (tmp_path / "cache").glob("??/*.npy")
        path.write_bytes(whole[:-3])
        assert await made.get([link("a")], TSNE, quiet) == whole
        assert (made.made, path.read_bytes()) == (2, whole)

    run_with(tmp_path, Limits(), work)


def test_few_points_stay_too_few(tmp_path: Path) -> None:
    async def work(made: Projections) -> None:
        for _ in range(2):
            with pytest.raises(InputError, match="there are 2"):
                await made.get([link("a", np.eye(2, dtype=np.float32))], TSNE, quiet)
        assert len(made._refused) == 1

    run_with(tmp_path, Limits(), work)
