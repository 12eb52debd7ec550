"""What stands before and beside the canvas: the list of graphs, forms, issues, code and history, in a real browser."""

import json
import re
import urllib.request
from typing import Any

from playwright.sync_api import Locator, Page, expect

GONE = "\N{MINUS SIGN}"
CODE = """import torch
from torch import nn


class TinyNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(784, 10)

    def forward(self, x):
        flat = torch.flatten(x, 1)
        strange = flat.sin() + 1
        return self.head(strange)
"""


def made(server: Any, name: str, template: str, project: str = "side") -> str:
    """Make a graph from a template and return its path."""
    asked = {"project": project, "name": name, "template": template}
    return f"/p/{project}/canvas/{server.post('/api/v1/graphs', asked)['id']}"


def graph(server: Any, path: str) -> dict[str, Any]:
    """Return the graph that the server has, nodes by id."""
    with urllib.request.urlopen(f"{server.url}/api/v1/graphs/{path.rpartition('/')[2]}", timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)["graph"]
    return found | {"nodes": {node["id"]: node for node in found["nodes"]}}


def card(page: Page, name: str) -> Locator:
    return page.locator(f".react-flow__node[data-id='{name}']")


def saved(page: Page, rev: int) -> None:
    """Wait until a revision is shown as saved."""
    expect(page.locator(".canvas-saved")).to_have_text(f"revision {rev} · saved")


def pick(page: Page, name: str) -> None:
    """Select a node, and nothing else."""
    card(page, name).locator(".node-head b").click()
    expect(page.get_by_role("textbox", name="Name of the node")).to_have_value(name)


def code(page: Page) -> Locator:
    """Return the editor with the code of the graph in it."""
    expect(page.locator(".code-said")).to_have_text("In step with the graph")
    return page.get_by_role("textbox", name=re.compile("code$"))


def said(page: Page) -> Locator:
    return page.locator(".code-said")


def replace(page: Page, old: str, new: str) -> None:
    """Select a text in the editor by its own search, and type another."""
    code(page).click()
    page.keyboard.press("Control+f")
    field = page.get_by_role("textbox", name="Find")
    field.press_sequentially(old)
    field.press("Enter")
    field.press("Escape")
    page.keyboard.type(new)


def test_graphs_begin_from_templates_code_and_documents_and_are_kept_in_a_list(canvases: Any, drawing: Any) -> None:
    tab = canvases()
    page = tab.open("/p/list/canvas")
    expect(page.get_by_text("A graph is a model you can see")).to_be_visible()
    templates = page.get_by_role("list", name="Templates")
    expect(templates.get_by_role("button", name=re.compile("^MLP 784"))).to_contain_text("23 860 parameters")
    assert tab.axe() == []
    templates.get_by_role("button", name=re.compile("^MLP 784")).click()
    expect(card(page, "hidden")).to_be_visible()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Canvas").click()
    row = page.get_by_role("row", name=re.compile("^mlp "))
    expect(row.get_by_role("cell")).to_have_text(
        ["", "5", "23 860", "PyTorch", "just now", re.compile("Actions of mlp")]
    )
    expect(row.locator(".sketch-box")).to_have_count(5)

    page.get_by_role("button", name="New graph").click()
    dialog = page.get_by_role("dialog", name="New graph")
    text = dialog.get_by_role("textbox", name="Code or JSON of a graph")
    dialog.get_by_role("tab", name="From code or JSON").click()
    text.fill('{"a": 1}')
    expect(dialog.get_by_text("This is JSON, but no graph")).to_be_visible()
    expect(dialog.get_by_role("button", name="Create from")).to_be_disabled()
    text.fill(CODE)
    expect(dialog.get_by_role("status")).to_contain_text("kept as code")
    expect(dialog.locator(".from-seen .sketch-box.code")).not_to_have_count(0)
    assert tab.axe("dialog") == []
    dialog.get_by_role("button", name="Create from the code").click()
    expect(page.get_by_role("heading", name="tiny-net")).to_be_visible()
    expect(card(page, "head")).to_be_visible()
    page.go_back()

    def act(name: str, item: str) -> None:
        page.get_by_role("button", name=f"Actions of {name}").click()
        page.get_by_role("menuitem", name=item).click()

    act("mlp", "Rename")
    page.get_by_role("textbox", name="New name of mlp").fill("digits")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="digits", exact=True)).to_be_visible()
    with page.expect_download() as told:
        act("digits", "Download as Python")
    assert "class " in told.value.path().read_text()
    with page.expect_download() as told:
        act("digits", "Download as JSON")
    document = json.loads(told.value.path().read_text())
    assert (document["format"], len(document["nodes"])) == ("graph/1", 5)
    act("digits", "Delete")
    expect(page.get_by_role("link", name="digits", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="digits", exact=True)).to_be_visible()
    act("digits", "Duplicate")
    expect(page.get_by_role("heading", name="digits-2")).to_be_visible()
    page.go_back()
    made(drawing, "from-elsewhere", "mlp", "list")
    expect(page.get_by_role("link", name="from-elsewhere", exact=True)).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find runs").fill("digits-2")
    expect(page.get_by_role("group", name="Canvas").get_by_role("option", name=re.compile("^digits-2"))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="digits-2")).to_be_visible()


def test_the_form_of_a_node_applies_what_is_valid_and_says_what_is_not(canvases: Any, drawing: Any) -> None:
    tab = canvases()
    path = made(drawing, "forms", "mnist_cnn")
    page = tab.open(path)
    pick(page, "conv1")
    filters = page.get_by_role("spinbutton", name="filters")
    filters.press("Control+a")
    page.keyboard.type("16")
    expect(card(page, "conv1")).to_contain_text("28×28×16")
    filters.fill("0")
    expect(page.get_by_text("Expected a whole number from 1")).to_be_visible()
    expect(filters).to_have_attribute("aria-invalid", "true")
    expect(card(page, "conv1")).to_contain_text("28×28×16")
    # A click elsewhere finds what it was aimed at: nothing moves when the focus does.
    page.get_by_role("checkbox", name="use bias").click()
    expect(page.get_by_role("checkbox", name="use bias")).not_to_be_checked()
    expect(filters).to_have_value("0")
    filters.fill("16")
    filters.press("ArrowUp")
    expect(filters).to_have_value("17")
    expect(filters).to_have_attribute("aria-invalid", "false")
    expect(card(page, "conv1")).to_contain_text("28×28×17")
    kernel = page.get_by_role("textbox", name="kernel size")
    page.get_by_role("button", name="Give kernel size for each axis").click()
    expect(kernel).to_have_value("3, 3")
    page.get_by_role("button", name="Reset kernel size to 3").click()
    expect(kernel).to_have_value("3")
    # All that was typed into a field is one step back.
    steps = ["kernel size", "filters", "use bias", "filters"]
    for label in [f"Undo: Set {name} of conv1" for name in steps]:
        page.get_by_role("button", name=label).click()
    expect(filters).to_have_value("32")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_have_attribute("aria-disabled", "true")

    pick(page, "head")
    page.get_by_role("button", name="Reset units to 64").click()
    expect(page.get_by_text("label has 10 classes, and each needs one number.")).to_be_visible()
    page.get_by_role("button", name="Use 10 for units").click()
    expect(page.get_by_role("spinbutton", name="units")).to_have_value("10")
    expect(page.get_by_text("suggested")).to_have_count(0)
    pick(page, "conv1")

    name = page.get_by_role("textbox", name="Name of the node")
    name.fill("Conv 1")
    expect(page.get_by_role("alert")).to_contain_text("Expected a name such as conv1")
    name.fill("conv2")
    expect(page.get_by_role("alert")).to_contain_text("There is a conv2 already")
    name.fill("stem")
    name.press("Enter")
    expect(card(page, "stem")).to_be_visible()
    note = page.get_by_role("textbox", name="note")
    note.fill("sees strokes")
    expect(card(page, "stem")).to_contain_text("sees strokes")
    assert tab.axe(".canvas-side") == []

    card(page, "conv2").locator(".node-head b").click(modifiers=["Shift"])
    expect(page.get_by_role("heading", name="2 nodes selected")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="filters")).to_have_attribute("placeholder", "they differ")
    page.get_by_role("combobox", name="padding").select_option("valid")
    page.get_by_role("spinbutton", name="filters").fill("8")
    expect(card(page, "conv2")).to_contain_text("11×11×8")
    page.keyboard.press("Escape")

    page.locator(".react-flow__pane").click(position={"x": 5, "y": 5})
    rate = page.get_by_role("spinbutton", name="learning rate")
    rate.fill("2e-4")
    table = page.get_by_role("table", name="What every node costs")
    table.get_by_role("button", name="parameters").click()
    expect(table.get_by_role("row").nth(1)).to_contain_text("hidden")
    expect(table.get_by_role("columnheader", name="parameters")).to_have_attribute("aria-sort", "descending")
    table.get_by_role("button", name="stem").click()
    expect(name).to_have_value("stem")
    expect(page.locator(".canvas-saved")).to_contain_text("saved")
    found = graph(drawing, path)
    assert found["train"]["optimizer"] == {"type": "adam", "lr": 0.0002} or found["train"]["optimizer"]["lr"] == 0.0002
    assert found["nodes"]["stem"]["params"] == {"filters": 8, "padding": "valid", "activation": "relu"}
    assert found["nodes"]["stem"]["note"] == "sees strokes"


def test_issues_name_the_field_tell_why_and_are_mended_by_a_click(canvases: Any, drawing: Any) -> None:
    tab = canvases()
    page = tab.open(made(drawing, "issues", "mnist_cnn"))
    pick(page, "conv1")
    page.get_by_role("combobox", name="padding").select_option("valid")
    page.get_by_role("textbox", name="kernel size").fill("99")
    expect(page.get_by_text("A window of 99×99 does not fit").first).to_be_visible()
    page.get_by_role("tab", name=re.compile("^Issues")).click()
    issues, levels = page.get_by_role("list", name="Issues"), page.get_by_role("group", name="Show")
    error = issues.get_by_role("listitem").filter(has_text="A window of 99×99").first
    error.get_by_role("button", name=re.compile("^Why")).click()
    expect(error.locator(".issue-why")).not_to_be_empty()
    expect(error.get_by_role("list", name=re.compile("What would mend"))).to_contain_text(
        "padding of conv1 becomes same"
    )
    assert tab.axe(".canvas-side") == []
    error.get_by_role("button", name="conv1 · kernel size").click()
    expect(page.get_by_role("textbox", name="kernel size")).to_be_focused()
    page.get_by_role("tab", name=re.compile("^Issues")).click()
    levels.get_by_role("button", name="1 error").click()
    expect(issues.get_by_text("A window of 99×99")).to_have_count(0)
    levels.get_by_role("button", name="1 error").click()
    error.get_by_role("button", name="Pad the edges (same)").click()
    expect(issues.get_by_text("does not fit into")).to_have_count(0)
    expect(levels.get_by_role("button", name="0 errors")).to_be_disabled()


def test_code_and_graph_follow_one_another(canvases: Any, drawing: Any) -> None:
    tab = canvases()
    tab.watch.allow("400")  # a browser notes that the server refused what is no Python
    path = made(drawing, "both-ways", "mlp")
    page = tab.open(path)
    editor = code(page)
    expect(editor).to_contain_text("self.hidden = nn.Linear(784, 30)")
    pick(page, "hidden")
    page.get_by_role("spinbutton", name="units").fill("48")
    expect(editor).to_contain_text("self.hidden = nn.Linear(784, 48)")
    ours = page.locator(".cm-ours")
    expect(ours).to_have_text(["        self.hidden = nn.Linear(784, 48)", re.compile("hidden = .*self.hidden")])
    editor.get_by_text("head = self.head(hidden)").click()
    expect(page.get_by_role("textbox", name="Name of the node")).to_have_value("head")

    replace(page, "torch.sigmoid", "torch.tanh")
    expect(said(page)).to_have_text("In step with the graph")
    pick(page, "hidden")
    expect(page.get_by_role("combobox", name="activation")).to_have_value("tanh")
    editor.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("x = = 1\n")
    expect(said(page)).to_contain_text("line 1")
    expect(page.locator(".cm-lint-marker-error")).to_be_visible()
    expect(card(page, "label")).to_be_visible()
    page.get_by_role("button", name="line 1").click()
    expect(editor).to_be_focused()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.type("# mine\n")
    expect(page.get_by_text("By hand: only what nodes change is rewritten.")).to_be_visible()
    assert tab.axe() == []

    page.locator(".code-bar").get_by_role("button", name="Keras 3").click()
    expect(page.get_by_role("textbox", name="Keras 3 code")).to_contain_text('activation="tanh"')
    page.locator(".code-bar").get_by_role("button", name="PyTorch").click()
    expect(page.get_by_role("textbox", name="PyTorch code")).to_contain_text("# mine")
    page.get_by_role("button", name="write it anew").click()
    asked = page.get_by_role("dialog", name="Write the code anew?")
    expect(asked.locator("pre")).to_contain_text("# mine")
    asked.get_by_role("button", name="Write it anew").click()
    expect(page.get_by_role("textbox", name="PyTorch code")).not_to_contain_text("# mine")
    compare = page.get_by_role("combobox", name="Compare with a revision")
    compare.focus()
    expect(compare).to_contain_text("since 1: Created")
    compare.select_option("1")
    expect(page.locator(".cm-deletedChunk").first).to_contain_text("nn.Linear(784, 30)")
    expect(page.locator(".canvas-saved")).to_contain_text("saved")
    hidden = graph(drawing, path)["nodes"]["hidden"]
    assert hidden["params"] == {"units": 48, "activation": "tanh"}


def test_code_typed_while_the_server_is_away_outlives_a_reload_and_is_read_when_it_is_back(
    canvases: Any, drawing: Any
) -> None:
    tab = canvases()
    tab.watch.allow("ERR_FAILED")
    path = made(drawing, "away", "mlp")
    page = tab.open(path)
    expect(code(page)).to_contain_text("torch.sigmoid")
    page.route("**/graphs:parse", lambda route: route.abort())
    replace(page, "torch.sigmoid", "torch.tanh")
    expect(said(page)).to_contain_text("The server does not answer")
    page.reload()
    expect(said(page)).to_contain_text("The server does not answer")
    expect(page.get_by_role("textbox", name="PyTorch code")).to_contain_text("torch.tanh")
    assert graph(drawing, path)["nodes"]["hidden"]["params"]["activation"] == "sigmoid"
    page.unroute("**/graphs:parse")
    saved(page, 2)
    expect(said(page)).to_have_text("In step with the graph")
    assert graph(drawing, path)["nodes"]["hidden"]["params"]["activation"] == "tanh"


def test_any_revision_is_looked_at_compared_and_brought_back(canvases: Any, drawing: Any) -> None:
    tab = canvases()
    path = made(drawing, "history", "mlp")
    page = tab.open(path)
    pick(page, "hidden")
    page.get_by_role("spinbutton", name="units").fill("64")
    saved(page, 2)
    pick(page, "head")
    page.keyboard.press("Delete")
    expect(card(page, "head")).to_have_count(0)
    saved(page, 3)
    page.get_by_role("tab", name="History").click()
    revisions = page.get_by_role("list", name="Revisions, newest first")
    labels = revisions.locator(".revision-label")
    expect(labels).to_have_text([re.compile("head"), "Set units of hidden", "Created"])
    expect(revisions.get_by_text("now", exact=True)).to_be_visible()
    revisions.get_by_role("button", name="What changed since revision 1", exact=True).click()
    dialog = page.get_by_role("dialog", name="From revision 1 to 3")
    expect(dialog.get_by_role("list", name="What changed").get_by_role("listitem")).to_have_text(
        ["~hiddenunits 30 64", f"{GONE}head went", f"{GONE}hidden → head", f"{GONE}head → label"]
    )
    expect(dialog.locator(".node-card.removed")).to_contain_text("head")
    expect(dialog.locator(".node-card.changed")).to_contain_text("hidden")
    expect(dialog.locator(".wire.removed")).to_have_count(2)
    assert tab.axe("dialog") == []
    dialog.get_by_role("button", name="Restore revision 1").click()
    expect(card(page, "head")).to_be_visible()
    expect(labels.first).to_have_text("Restore revision 1")
    saved(page, 4)
    assert graph(drawing, path)["nodes"]["hidden"]["params"] == {"units": 30, "activation": "sigmoid"}
    page.get_by_role("button", name="Undo: Restore revision 1").click()
    expect(card(page, "head")).to_have_count(0)
    page.get_by_role("button", name="Look at revision 2", exact=True).click()
    look = page.get_by_role("dialog", name="Revision 2")
    expect(look.locator(".node-card")).to_have_count(5)
    expect(look).to_contain_text("can be looked at, and not changed")


def test_on_a_phone_the_panels_are_parts_of_the_page(canvases: Any, drawing: Any) -> None:
    tab = canvases(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = tab.open(made(drawing, "phone", "mlp"))
    pick_part = page.get_by_role("navigation", name="Parts of the page")
    card(page, "hidden").locator(".node-head b").click()
    pick_part.get_by_role("button", name="Details").click()
    page.get_by_role("spinbutton", name="units").fill("12")
    pick_part.get_by_role("button", name="Code").click()
    expect(code(page)).to_contain_text("nn.Linear(784, 12)")
    assert tab.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    pick_part.get_by_role("button", name="Details").click()
    page.get_by_role("tab", name="History").click()
    page.get_by_role("button", name="What changed since revision 1", exact=True).click()
    dialog = page.get_by_role("dialog", name="From revision 1 to 2")
    expect(dialog.locator(".node-card.changed")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Canvas").click()
    expect(page.get_by_role("link", name="phone", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert tab.axe() == []
