"""Layouts of vectors, computed by the real scikit-learn."""

from collections.abc import Iterator

import numpy as np
import pytest

from gnomon.analysis import projection
from gnomon.analysis.projection import Array, Layout, lay_out, missing
from gnomon.core.errors import InputError, MissingExtraError

pytest.importorskip("sklearn")
threadpoolctl = pytest.importorskip("threadpoolctl")
TSNE = Layout("tsne", perplexity=5)
LABELS = np.repeat(np.arange(3), 12)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Two processes of tests that take both processors each wait for one another; and sums come out alike."""
    with threadpoolctl.threadpool_limits(1):
        yield


def clusters(seed: int = 0, dim: int = 8) -> Array:
    """Return three far clusters of twelve vectors each."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 10, (3, dim))
    return (centres[LABELS] + rng.normal(0, 0.5, (36, dim))).astype(np.float32)


def purity(places: Array) -> float:
    """Return the share of points whose nearest other point is of their own cluster."""
    away = np.linalg.norm(places[:, None] - places[None], axis=2) + np.diag(np.full(len(places), np.inf))
    return float((LABELS[away.argmin(axis=1)] == LABELS).mean())


@pytest.mark.parametrize("dims", [2, 3])
def test_what_is_near_stays_near(dims: int) -> None:
    parts: list[float] = []
    places = lay_out(clusters(), Layout("tsne", dims, perplexity=5), hear=parts.append)
    assert (places.shape, places.dtype) == ((36, dims), np.float32)
    assert purity(places) > 0.6
    assert np.allclose(places.mean(axis=0), 0, atol=0.1)
    assert parts == sorted(parts)
    assert 0 < parts[0] < parts[-1] <= 1.0


def test_the_same_vectors_and_seed_give_the_same_places() -> None:
    assert np.array_equal(lay_out(clusters(), TSNE), lay_out(clusters(), TSNE))


def test_a_step_that_begins_from_the_one_before_keeps_its_points_in_place() -> None:
    before = lay_out(clusters(0), TSNE)
    later = clusters(1) @ np.linalg.qr(np.random.default_rng(7).normal(size=(8, 8)))[0].astype(np.float32)
    middles = [
        np.array([p[k == LABELS].mean(axis=0) for k in range(3)]) for p in (before, lay_out(later, TSNE, before))
    ]
    size = np.linalg.norm(middles[0][0] - middles[0][1])
    assert np.linalg.norm(middles[1] - middles[0], axis=1).max() < 0.35 * size
    assert purity(lay_out(later, TSNE, before)) > 0.9


def test_a_vector_that_is_not_finite_has_no_place_and_disturbs_no_other() -> None:
    vectors = clusters()
    vectors[3, 2], vectors[20] = np.nan, np.inf
    places = lay_out(vectors, TSNE)
    assert np.flatnonzero(np.isnan(places).any(axis=1)).tolist() == [3, 20]
    again = lay_out(clusters(), TSNE, places)  # they are back, and begin in the middle
    assert np.isfinite(again).all()
    assert np.isfinite(lay_out(clusters(), TSNE, np.full((36, 2), np.nan, np.float32))).all()


@pytest.mark.parametrize(
    "vectors",
    [np.zeros((6, 3), np.float32), np.eye(6, 1, dtype=np.float32), clusters(dim=60), np.ones((4, 2), np.float32)],
)
def test_odd_vectors_have_places(vectors: Array) -> None:
    assert np.isfinite(lay_out(vectors, TSNE)).all()


def test_a_beginning_of_other_points_is_not_used() -> None:
    assert np.array_equal(lay_out(clusters(), TSNE, np.zeros((5, 2), np.float32)), lay_out(clusters(), TSNE))


def test_three_points_have_no_neighbourhood() -> None:
    with pytest.raises(InputError, match="at least 4 finite ones, there are 3"):
        lay_out(np.eye(3, dtype=np.float32), TSNE)
    with pytest.raises(InputError, match="at least one dimension"):
        lay_out(np.zeros((9, 0), np.float32), TSNE)


def test_a_missing_package_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"scikit-learn where the server runs\. Install gnomon\[embed\]\."):
        lay_out(clusters(), TSNE)
    assert (
        missing("umap")
        == "UMAP needs the package umap-learn where the server runs. Install gnomon[embed] and umap-learn."
    )


def test_umap_lays_out_too() -> None:
    pytest.importorskip("umap")
    assert purity(lay_out(clusters(), Layout("umap", neighbors=5))) > 0.9
