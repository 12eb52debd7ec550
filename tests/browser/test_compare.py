"""The compare page on a real study: config, metrics, charts, media, code, packages and architecture side by side."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

MINUS = "\u2212"
ONE, TWO, THREE = "mlp-48-lr3-s0", "mlp-44-lr2.9-s0", "mlp-24-16-lr3-s0"


@pytest.fixture(scope="module")
def server(study_server: Any) -> Any:
    """Serve the study, and a project of twenty-one runs with long names."""
    server = study_server
    for number in range(21):
        name = f"{number:02} with a name that is much longer than any column will ever be 🦦 很长的名字"
        server.log("many", name, {"loss": [1.0 / (number + 1)]}, config={"lr": number, "same": 1}, state="finished")
    return server


def address(server: Any, *names: str, project: str = "study", **search: str) -> str:
    ids = server.ids(project)
    more = "".join(f"&{key}={value}" for key, value in search.items())
    return f"/p/{project}/compare?runs={','.join(ids[name] for name in names)}{more}"


def differences(page: Page) -> Locator:
    return page.get_by_role("region", name="Differences").get_by_role("table")


def line(page: Page, key: str) -> list[str]:
    """Return the cells of a row of the table, its key left out."""
    row = differences(page).get_by_role("row").filter(has=page.locator(f'th[title="{key}"]'))
    return [cell.inner_text().replace("\n", " ").strip() for cell in row.locator("td:not(.cmp-fill)").all()]


def test_only_what_differs_is_listed_and_the_best_is_marked_beside_its_distance_from_the_baseline(
    server: Any, tab: Any
) -> None:
    ids = server.ids("study")
    told = server.post("/api/v1/compare", {"runs": [ids[ONE], ids[TWO]], "metrics": ["val/loss"]})
    (loss,) = told["metrics"]
    a, b = loss["last"]["values"]
    page = tab.open(address(server, ONE, TWO))
    expect(differences(page)).to_contain_text("hidden")
    assert line(page, "hidden") == ["48", "44"]
    assert line(page, "lr") == ["3", "2.9"]
    assert differences(page).locator('th[title="model"]').count() == 0
    cells = line(page, "val/loss")
    best, sign, word = (0, "+", "worse") if a < b else (1, MINUS, "better")
    assert loss["last"]["best"] == [best]
    assert [cell.startswith("▲ best") for cell in cells] == [place == best for place in range(2)]
    assert f"{word}, {sign}" in cells[1]
    distance = cells[1].split(f"{word}, {sign}")[1].split()[0].replace(MINUS, "-")
    assert float(distance) == pytest.approx(abs(b - a), abs=6e-5)
    page.get_by_role("button", name="All rows").click()
    expect(differences(page).locator('th[title="model"]')).to_be_visible()
    page.get_by_role("button", name=f"Place of {TWO}").click()
    page.get_by_role("menuitemcheckbox", name="Baseline").click()
    expect(differences(page).get_by_role("columnheader", name=f"baseline {TWO}")).to_be_visible()
    assert ("better" if a < b else "worse") in line(page, "val/loss")[0]
    page.get_by_role("button", name="highest", exact=True).click()
    page.get_by_role("searchbox", name="Filter metrics by name, a regular expression").fill("^train")
    expect(differences(page).locator("th.key").filter(has_text="val/")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="highest", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(differences(page).get_by_role("columnheader", name=f"baseline {TWO}")).to_be_visible()


def test_runs_are_left_out_added_and_moved_and_the_link_says_which(server: Any, tab: Any) -> None:
    page = tab.open(address(server, ONE, TWO))
    strip = page.get_by_role("list", name="Compared runs")
    links = strip.get_by_role("link")
    expect(links).to_have_text([ONE, TWO])
    page.get_by_role("button", name="Add a run").click()
    page.get_by_role("combobox", name="Run to add").fill(THREE)
    page.keyboard.press("Enter")
    expect(links).to_have_text([ONE, TWO, THREE])
    expect(differences(page).get_by_role("columnheader")).to_have_count(4)
    # Runs that are not among those offered, here for their project, are looked for as one types.
    page.get_by_role("button", name="Add a run").click()
    page.get_by_role("combobox", name="Run to add").fill("longer 20")
    expect(page.get_by_role("option", name=re.compile("^20 with a name.* many · "))).to_be_visible()
    page.get_by_role("combobox", name="Run to add").fill("longer than nothing")
    expect(page.get_by_text("Nothing is called that.")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name=f"Place of {THREE}").click()
    page.get_by_role("menuitem", name="Move left").click()
    expect(links).to_have_text([ONE, THREE, TWO])
    page.get_by_role("button", name=f"Leave out {ONE}").click()
    expect(links).to_have_text([THREE, TWO])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    ids = server.ids("study")
    assert (
        page.evaluate("navigator.clipboard.readText()") == f"{server.url}/p/study/compare?runs={ids[THREE]},{ids[TWO]}"
    )
    page.get_by_role("button", name=f"Leave out {TWO}").click()
    expect(page.get_by_role("heading", name="One more run to compare it with")).to_be_visible()
    page.get_by_role("button", name="Compare it with the run before").click()
    expect(differences(page)).to_be_visible()


def test_selected_rows_of_the_table_and_the_page_of_a_run_lead_to_the_comparison(server: Any, tab: Any) -> None:
    ids = server.ids("study")
    page = tab.open(f"/p/study?runs={ids[ONE]},{ids[TWO]}")
    page.get_by_role("button", name="Compare 2 runs").click()
    links = page.get_by_role("list", name="Compared runs").get_by_role("link")
    expect(links).to_have_text([ONE, TWO])
    links.first.click()
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="One more run to compare it with")).to_be_visible()


def test_charts_lie_over_each_other_and_media_stand_side_by_side_at_one_step(server: Any, tab: Any) -> None:
    page = tab.open(address(server, ONE, THREE))
    page.get_by_role("tab", name=re.compile("^Charts")).click()
    chart = tab.chart("val/loss")
    expect(chart.locator(".chart-last")).to_have_text("")
    page.get_by_role("tab", name=re.compile("^Charts")).focus()
    page.keyboard.press("ArrowRight")
    panel = page.get_by_role("figure", name="first layer")
    panel.scroll_into_view_if_needed()
    expect(panel.locator(".tile-head .name")).to_have_text([ONE, THREE])
    slider = page.get_by_role("slider", name="Step")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("step 4,"))
    expect(panel.locator(".record-step")).to_have_text("step 4")
    assert "show=media" in page.url


def test_code_and_packages_tell_line_by_line_what_is_not_the_same(server: Any, tab: Any) -> None:
    page = tab.open(address(server, ONE, TWO, THREE, show="code"))
    lines = page.get_by_role("region", name="Differences of script")
    expect(lines).to_contain_text("lr = 2.9")
    expect(lines).not_to_contain_text("step(12)")
    expect(page.get_by_text("Both ran from the commit 0a1b2c3d4e")).to_be_visible()
    page.get_by_label("Compared with the baseline").select_option(THREE)
    expect(lines).to_contain_text("hidden = '24-16'")
    page.get_by_role("tab", name=re.compile("^Packages")).click()
    packages = page.get_by_role("region", name="Packages").get_by_role("row", name=re.compile("^solver"))
    expect(packages).to_have_text(re.compile("solver1.92.01.9"))
    expect(page.get_by_text("2 packages the same in all")).to_be_visible()


def test_architectures_in_one_drawing_name_what_came_went_and_changed(server: Any, tab: Any) -> None:
    page = tab.open(address(server, ONE, THREE, show="architecture"))
    drawing = page.get_by_role("img", name="Architecture network of two runs in one drawing")
    expect(drawing).to_be_visible()
    assert drawing.locator(".node.added title").all_text_contents() == [
        "+ hidden1\nDense · 16 · 400",
        "+ hidden1/sigmoid\nSigmoid · 16",
    ]
    assert drawing.locator(".node.changed title").first.text_content() == "≠ hidden0\nDense · 48 → 24 · 3120 → 1560"
    assert drawing.locator(".edge.removed").count() == 1
    changes = page.get_by_role("table", name="Nodes that are not the same")
    expect(changes.get_by_role("row", name="≠ changed output Dense 10 490 → 170")).to_be_visible()
    page.get_by_role("button", name=f"Place of {THREE}").click()
    page.get_by_role("menuitemcheckbox", name="Baseline").click()
    expect(page.get_by_label(f"Compared with {THREE}")).to_be_visible()
    expect(page.get_by_text(f"{MINUS} 2 removed")).to_be_visible()
    expect(drawing.locator(".node.removed")).to_have_count(2)


def test_what_is_gone_and_what_was_never_chosen_is_said_with_a_way_on(server: Any, tab: Any) -> None:
    tab.watch.allow("404")
    page = tab.open("/p/study/compare")
    page.get_by_role("button", name="Compare the newest two").click()
    expect(differences(page)).to_be_visible()
    page.goto(server.url + address(server, ONE, TWO) + ",01gone")
    page.get_by_role("button", name="Leave out what is gone").click()
    expect(page.get_by_role("list", name="Compared runs").get_by_role("link")).to_have_text([ONE, TWO])


def test_twenty_runs_with_long_names_scroll_beside_their_keys(server: Any, tab: Any) -> None:
    names = sorted(server.ids("many"))[:20]
    page = tab.open(address(server, *names, project="many"))
    expect(differences(page).get_by_role("columnheader")).to_have_count(21)
    expect(page.get_by_text("20 at most")).to_be_visible()
    page.get_by_role("region", name="Differences").evaluate("e => e.scrollTo(9999, 0)")
    key = differences(page).locator('th[title="lr"]').bounding_box()
    assert key is not None
    assert key["x"] == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    best = (
        differences(page).get_by_role("row").filter(has=page.locator('th[title="loss"]')).locator("td:has(.cmp-best)")
    )
    expect(best).to_have_count(1)


def test_axe_finds_nothing_on_any_part(server: Any, tabs: Callable[..., Any]) -> None:
    calm = tabs(reduced_motion="reduce")
    page = calm.open(address(server, ONE, THREE, TWO))
    for part in ("Differences", "Charts", "Media", "Code", "Packages", "Architecture"):
        page.get_by_role("tab", name=re.compile(f"^{part}")).click()
        page.wait_for_load_state("networkidle")
        if part == "Media":
            expect(page.locator("canvas.stage").first).to_be_visible()
        # A picture has its name once it is drawn.
        expect(page.locator("canvas[role=img]:not([aria-label])")).to_have_count(0)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("html")).to_have_attribute("data-theme", scheme)
            assert (part, scheme, calm.axe()) == (part, scheme, [])


def test_a_phone_shows_the_keys_and_the_runs(server: Any, tabs: Callable[..., Any]) -> None:
    phone = tabs(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    page = phone.open(address(server, ONE, TWO))
    expect(differences(page)).to_contain_text("hidden")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first = differences(page).get_by_role("columnheader").nth(1).bounding_box()
    assert first is not None
    assert first["x"] + first["width"] <= 390
    assert phone.axe() == []
