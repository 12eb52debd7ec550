"""Vectors of many dimensions laid out in two or three, so that near ones stay near: t-SNE and UMAP."""

import io
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError, MissingExtraError

Array = npt.NDArray[np.float32]
METHODS: Final = {"tsne": ("t-SNE", "sklearn", "scikit-learn"), "umap": ("UMAP", "umap", "umap-learn")}
"""Name for people, module, and package of each method."""

FEWEST: Final = 4
"""Neighbourhoods need points."""

_MOST_DIMS: Final = 50
_ITERATIONS: Final = (1000, 500)
_LINE: Final = re.compile(r"Iteration (\d+):")


@dataclass(frozen=True, slots=True)
class Layout:
    """Say how vectors are laid out.

    Args:
        method: `tsne` or `umap`.
        dims: 2 or 3.
        seed: Of all that is random.
        perplexity: Of t-SNE: how many neighbours a point roughly has.
        neighbors: Of UMAP: the same, counted exactly.
    """

    method: str
    dims: int = 2
    seed: int = 0
    perplexity: float = 30.0
    neighbors: int = 15


def missing(method: str) -> str | None:
    """Return what to install before a method can be used, `None` when it is there; nothing is imported to find out."""
    label, module, package = METHODS[method]
    if _is_there(module) and _is_there("sklearn"):
        return None
    beside = "" if method == "tsne" else f" and {package}"
    return f"{label} needs the package {package} where the server runs. Install gnomon[embed]{beside}."


def _is_there(module: str) -> bool:
    found = find_spec(module)
    return found is not None and found.origin is not None  # a folder of that name, without code, is no package


def lay_out(
    vectors: Array, layout: Layout, start: Array | None = None, hear: Callable[[float], None] = lambda _: None
) -> Array:
    """Return a place for each vector.

    Vectors of more than 50 dimensions are first reduced to their 50 principal components. A vector that is not finite
    has no place: NaN. Begun from a layout of the same points, what moves little there moves little here: t-SNE then
    goes without early exaggeration, which would tear it apart, and the result is turned onto the one it began from.

    Args:
        vectors: Of shape `(n, d)`.
        layout: What is wanted.
        start: An earlier result for the same points in the same order, `(n, dims)`.
        hear: Told of progress, from 0 to 1.

    Returns:
        Shape `(n, dims)`, centred; only distances mean something.

    Raises:
        MissingExtraError: The package is not installed.
        InputError: Fewer than four vectors are finite, or they have no dimension.

    Source: van der Maaten and Hinton 2008; McInnes, Healy and Melville 2018; Kobak and Berens 2019 on beginning from
        principal components.
    """
    hint = missing(layout.method)
    if hint is not None:
        raise MissingExtraError(hint)
    whole = np.isfinite(vectors).all(axis=1)
    if whole.sum() < FEWEST:
        msg = f"vectors: expected at least {FEWEST} finite ones, there are {int(whole.sum())}. Log more points."
        raise InputError(msg, field="vectors")
    if vectors.shape[1] == 0:
        msg = "vectors: expected at least one dimension, received none."
        raise InputError(msg, field="vectors")
    rows, begun = _reduced(vectors[whole], layout.seed), None
    if start is not None and start.shape == (len(vectors), layout.dims):
        begun = _filled(start[whole], layout.seed)
    first = _first(rows, layout) if begun is None else begun
    place = (_tsne if layout.method == "tsne" else _umap)(rows, layout, first, begun is not None, hear)
    out = np.full((len(vectors), layout.dims), np.nan, np.float32)
    out[whole] = place - place.mean(axis=0) if begun is None else turned(place, begun)
    return out


def turned(points: Array, onto: Array) -> Array:
    """Return points turned (and mirrored) to lie as near as they can to the same points of another picture.

    Source: Schönemann 1966: with MᵀN = U S Vᵀ of the centred pictures, the best orthogonal matrix is U Vᵀ.

    Example:
        >>> onto = np.array([[0, 0], [2, 0], [0, 1]], np.float32)
        >>> np.allclose(turned(onto @ np.array([[0, 1], [-1, 0]], np.float32) + 5, onto), onto, atol=1e-6)
        True
    """
    a, b = points.astype(np.float64), onto.astype(np.float64)
    u, _, v = np.linalg.svd((a - a.mean(axis=0)).T @ (b - b.mean(axis=0)))
    return np.asarray((a - a.mean(axis=0)) @ (u @ v) + b.mean(axis=0), np.float32)


def _reduced(rows: Array, seed: int) -> Array:
    if rows.shape[1] <= _MOST_DIMS or len(rows) <= _MOST_DIMS:
        return rows
    from sklearn.decomposition import PCA  # noqa: PLC0415 - here alone, in a process of its own

    made: Array = PCA(_MOST_DIMS, svd_solver="randomized", random_state=seed).fit_transform(rows)
    return made.astype(np.float32)


def _first(rows: Array, layout: Layout) -> Array:
    """Return principal components as small as t-SNE wants its beginning; what has none is noise of that size."""
    noise = np.random.default_rng(layout.seed).normal(0, 1e-4, (len(rows), layout.dims))
    centred = rows - rows.mean(axis=0, dtype=np.float64)
    _, _, axes = np.linalg.svd(centred.T @ centred)
    components = centred @ axes[: layout.dims].T
    spread = float(components[:, 0].std()) if components.size else 0.0
    if spread > 0:
        noise *= 1e-2  # equal vectors begin apart, so that they can be told apart
        noise[:, : components.shape[1]] += components / spread * 1e-4
    return noise.astype(np.float32)


def _filled(start: Array, seed: int) -> Array:
    """Return a beginning whose points that had no place begin in the middle."""
    lost = ~np.isfinite(start).all(axis=1)
    if not lost.any():
        return start
    if lost.all():
        return np.random.default_rng(seed).normal(0, 1e-4, start.shape).astype(np.float32)
    made = start.copy()
    scatter = np.random.default_rng(seed).normal(0, 1e-2, (int(lost.sum()), start.shape[1]))
    made[lost] = start[~lost].mean(axis=0) + scatter * start[~lost].std()
    return made


def _tsne(rows: Array, layout: Layout, first: Array, is_begun: bool, hear: Callable[[float], None]) -> Array:
    from sklearn.manifold import TSNE  # noqa: PLC0415 - here alone, in a process of its own

    iterations = _ITERATIONS[is_begun]
    tsne = TSNE(
        layout.dims,
        perplexity=min(layout.perplexity, (len(rows) - 1) / 3),
        early_exaggeration=1.0 if is_begun else 12.0,
        learning_rate=max(len(rows) / 48, 50.0),
        max_iter=iterations,
        init=first,
        random_state=layout.seed,
        verbose=2,
    )
    with redirect_stdout(_Progress(iterations, hear)):
        made: Array = tsne.fit_transform(rows)
    return made


def _umap(rows: Array, layout: Layout, first: Array, is_begun: bool, hear: Callable[[float], None]) -> Array:
    from umap import UMAP  # noqa: PLC0415 - here alone, in a process of its own

    del is_begun, hear
    spread = float(np.abs(first).max()) or 1.0
    umap: Any = UMAP(
        n_components=layout.dims,
        n_neighbors=max(2, min(layout.neighbors, len(rows) - 1)),
        init=(first / spread * 10).astype(np.float32),
        random_state=layout.seed,
        n_jobs=1,  # with a seed it takes one anyway, and says so
    )
    return np.asarray(umap.fit_transform(rows), np.float32)


class _Progress(io.TextIOBase):
    """Reads how far t-SNE is from what it prints; a version that prints something else has no progress, and works."""

    def __init__(self, iterations: int, hear: Callable[[float], None]) -> None:
        self._iterations = iterations
        self._hear = hear

    def write(self, text: str) -> int:
        found = _LINE.search(text)
        if found:
            self._hear(min(1.0, int(found[1]) / self._iterations))
        return len(text)
