"""Explore: what of the config goes with what of the results."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import gnomon


@pytest.fixture(scope="module")
def study(server: Any) -> Iterator[str]:
    """Log 24 runs in which only the learning rate and the optimiser matter, one of them without a result."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        patch.setenv("GNOMON_CAPTURE", "off")
        for i in range(24):
            lr, optimizer = 10 ** -(1 + i % 4), ["adam", "sgd"][i // 4 % 2]
            config = {"lr": lr, "optimizer": optimizer, "width": [32, 64, 128][i % 3], "seed": i}
            run = gnomon.init("explored", f"tried-{i}", config=config, home=Path(server.home))
            acc = 0.9 - 0.1 * abs(math.log10(lr) + 2) - 0.2 * (optimizer == "sgd")
            run.log({"val/acc": float("nan") if i == 23 else acc + 0.001 * (i % 5)}, step=1)
            run.finish()
    yield "explored"
    server.post("/api/v1/runs:delete", {"project": "explored", "where": "", "expected": 24})


def parallel(page: Page) -> Locator:
    return page.get_by_role("img", name=re.compile("^Parallel coordinates of 24 runs"))


def drag(page: Page, picture: Locator, first: tuple[float, float], last: tuple[float, float]) -> None:
    """Drag between two places in shares of a picture's width and height."""
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + first[0] * box["width"], box["y"] + first[1] * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + last[0] * box["width"], box["y"] + last[1] * box["height"], steps=6)
    page.mouse.up()


def test_ranges_are_dragged_on_axes_moved_by_keys_and_become_a_selection_or_a_filter(tab: Any, study: str) -> None:
    page = tab.open(f"/p/{study}?axes=config.optimizer,config.lr,metric.val/acc.max&by=metric.val/acc.max&show=explore")
    picture = parallel(page)
    expect(picture).to_have_attribute("aria-label", re.compile("24 lie in the chosen ranges"))
    # The last axis is the accuracy; its upper part holds what did best.
    drag(
        page, picture, (1 - 46 / picture.bounding_box()["width"], 0.02), (1 - 46 / picture.bounding_box()["width"], 0.3)
    )
    told = page.locator(".explore-ranges [role=status]")
    expect(told).to_have_text(re.compile(r"^\d+ of 24 runs$"))
    inside = int(told.inner_text().split()[0])
    assert 0 < inside < 12
    page.get_by_role("button", name="Select them").click()
    expect(page.locator(".runs-foot")).to_contain_text(f"{inside} runs drawn")
    picture.focus()
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    # The keys stand on the optimiser now: its upper half is sgd, which did worse.
    page.keyboard.press("ArrowUp")
    expect(told).to_have_text("0 of 24 runs")
    page.keyboard.press("Delete")
    expect(told).to_have_text(f"{inside} of 24 runs")
    page.get_by_role("button", name="Filter to them").click()
    expect(page.locator(".runs-bar")).to_contain_text(f"{inside} of 24")
    expect(page.get_by_role("combobox", name="Filter runs")).to_have_value(
        re.compile(r"^metric\.val/acc\.max BETWEEN 0\.8")
    )
    page.go_back()
    expect(page.locator(".runs-bar")).to_contain_text("24 runs")


def test_axes_are_added_moved_and_taken_away(tab: Any, study: str) -> None:
    page = tab.open(f"/p/{study}?show=explore")
    axes = page.get_by_role("list", name="Axes")
    expect(axes.get_by_role("button")).to_have_text(["lr ▾", "optimizer ▾", "width ▾", "val/acc max ▾"])
    axes.get_by_role("button", name="lr").click()
    page.get_by_role("menuitem", name="Move right").click()
    expect(axes.get_by_role("button")).to_have_text(["optimizer ▾", "lr ▾", "width ▾", "val/acc max ▾"])
    axes.get_by_role("button", name="width").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("button", name="Add axis").click()
    page.get_by_role("combobox", name="Column for a new axis").fill("seed")
    page.keyboard.press("Enter")
    expect(axes.get_by_role("button")).to_have_text(["optimizer ▾", "lr ▾", "val/acc max ▾", "seed ▾"])
    axes.get_by_role("button", name="lr").click()
    page.get_by_role("menuitemcheckbox", name="Logarithmic").click()
    expect(page).to_have_url(re.compile("flat=config.lr"))
    page.reload()
    expect(axes.get_by_role("button")).to_have_text(["optimizer ▾", "lr ▾", "val/acc max ▾", "seed ▾"])


def test_importance_names_what_matters_first_and_says_how_it_knows(tab: Any, study: str) -> None:
    page = tab.open(f"/p/{study}?show=explore")
    table = page.get_by_role("table", name="Importance of config keys for metric.val/acc.max")
    expect(table.get_by_role("rowheader")).to_have_text(["optimizer", re.compile("^lr"), "width may not matter"])
    expect(page.get_by_text("Permutation importance")).to_be_visible()
    expect(
        page.get_by_role("img", name="Scatter matrix of 24 runs over lr, optimizer, width, val/acc max.")
    ).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        assert (scheme, tab.axe()) == (scheme, [])


def test_runs_with_one_config_are_told_what_to_vary(tab: Any, server: Any) -> None:
    page = tab.open("/p/spike?show=explore")
    expect(page.get_by_text("Pass what you vary")).to_be_visible()
