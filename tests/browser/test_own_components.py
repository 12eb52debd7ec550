"""Own components: written in the page, with their mistakes at the line, and taken in a newer version, in a real browser."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect


def card(page: Page, name: str) -> Locator:
    return page.locator(f".react-flow__node[data-id='{name}']")


def typed_at_top(page: Page, text: str) -> None:
    """Type at the beginning of the file."""
    page.get_by_role("textbox", name="Python of the component").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type(text)


def test_a_component_is_written_mended_saved_added_and_taken_in_a_newer_version(canvases: Any, drawing: Any) -> None:
    asked = {"project": "own", "name": "mlp", "template": "mlp"}
    graph = drawing.post("/api/v1/graphs", asked)["id"]
    tab = canvases()
    tab.watch.allow("422")  # a file that raises is refused
    page = tab.open(f"/p/own/canvas/{graph}")
    expect(card(page, "hidden")).to_be_visible()
    page.get_by_role("button", name="Own components…").click()
    dialog = page.get_by_role("dialog", name="Own components")
    expect(dialog.get_by_text("None in own yet.")).to_be_visible()
    dialog.get_by_role("button", name="New component").click()
    expect(dialog.get_by_text("✓ Gate: in → out")).to_be_visible()
    typed_at_top(page, "1 / 0\n")
    expect(dialog.get_by_role("alert")).to_have_text("✕ Line 1 ZeroDivisionError: division by zero")
    assert tab.axe("dialog") == []
    for key in ("Control+Home", "Shift+ArrowDown", "Delete"):
        page.keyboard.press(key)
    expect(dialog.get_by_text("✓ Gate: in → out")).to_be_visible()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("No graph uses it yet.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Gate v1")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()

    card(page, "hidden").locator(".node-head b").click()
    page.get_by_role("navigation", name="Components").get_by_role("button", name="Gate", exact=True).click()
    expect(card(page, "gate1")).to_contain_text("930")
    page.get_by_role("button", name="Own components…").click()
    dialog.get_by_role("button", name="Gate v1").click()
    expect(dialog.get_by_text("1 graph uses it.")).to_be_visible()
    typed_at_top(page, "# mine\n")
    dialog.get_by_role("button", name="Save as version 2").click()
    expect(dialog.get_by_text("with an older version: mlp")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("tab", name=re.compile("Issues")).click()
    fix = page.get_by_role("tabpanel").get_by_role("button", name="Use version 2", exact=True)
    fix.click()
    expect(fix).to_have_count(0)
    expect(card(page, "gate1")).to_contain_text("930")
    page.keyboard.press("Control+z")
    expect(fix).to_be_visible()


def test_a_link_to_a_revision_opens_just_that_one_and_restores_it(canvases: Any, drawing: Any) -> None:
    made = drawing.post("/api/v1/graphs", {"project": "own", "name": "linked", "template": "mlp"})
    ops = [{"op": "set", "id": "hidden", "params": {"units": 64}}]
    drawing._send("PATCH", f"/api/v1/graphs/{made['id']}", {"rev": 1, "ops": ops})
    tab = canvases()
    page = tab.open(f"/p/own/canvas/{made['id']}?side=history&rev=1")
    dialog = page.get_by_role("dialog", name="Revision 1")
    expect(dialog.locator(".react-flow__node[data-id='hidden']")).to_contain_text("23 550")
    dialog.get_by_role("button", name="Restore revision 1").click()
    expect(dialog).to_have_count(0)
    expect(page).to_have_url(re.compile(r"side=history$"))
    expect(card(page, "hidden")).to_contain_text("23 550")
    expect(page.locator(".canvas-saved")).to_have_text("revision 3 · saved")
