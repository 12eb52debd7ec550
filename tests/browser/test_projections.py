"""Embeddings laid out by t-SNE: asked of the server in the viewer, computed by the real scikit-learn."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from .test_viewers import Gallery

pytest.importorskip("sklearn")
PATIENCE_MS = 60_000
"""Three steps of 240 points, in a process that lets all others go first."""


@pytest.fixture
def gallery(viewers: Callable[..., Any]) -> Gallery:
    return Gallery(viewers)


def test_an_embedding_is_laid_out_by_what_the_server_has(gallery: Gallery) -> None:
    figure = gallery.show("latent")
    figure.hover()
    choice = figure.get_by_role("combobox", name="Projection")
    offered = ["Principal components", "t-SNE", *(["UMAP"] if find_spec("umap") else [])]
    expect(choice.locator("option")).to_have_text(offered)
    choice.select_option(label="t-SNE")
    expect(figure).to_contain_text("t-SNE   each step begins from the one before", timeout=PATIENCE_MS)
    expect(figure.get_by_role("button", name="owl")).to_contain_text("60")
    expect(figure.locator(".record-note")).to_have_text("")
    assert "method:tsne" in unquote(gallery.page.url)
    choice.select_option(label="Principal components")
    expect(figure).to_contain_text("PC1")


def test_a_failed_layout_says_why_and_going_back_helps(gallery: Gallery) -> None:
    problem = '{"state":"failed","problem":{"title":"Larger than accepted","status":413,"detail":"Log fewer points."}}'
    gallery.page.route(
        "**/projection?*", lambda route: route.fulfill(body=problem + "\n", content_type="application/x-ndjson")
    )
    figure = gallery.show("latent", "method:tsne", says="Log fewer points.")
    figure.hover()
    figure.get_by_role("combobox", name="Projection").select_option(label="Principal components")
    expect(figure).to_contain_text("PC1")
