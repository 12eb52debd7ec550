"""Tables line up whatever the cells hold."""

import click

from gnomon.cli.table import shown_width, table


def test_columns_line_up_left_and_right() -> None:
    text = table(["run", "loss"], [["brave-otter-7", "0.5"], ["ok", "12.25"]], right=frozenset({"loss"}))
    assert click.unstyle(text).splitlines() == ["run             loss", "brave-otter-7    0.5", "ok             12.25"]


def test_wide_characters_colours_and_accents_take_the_room_they_show() -> None:
    rows = [["损失", "1"], ["🚀", "2"], ["e\u0301", "3"], [click.style("red", fg="red"), "4"]]
    lines = click.unstyle(table(["name", "n"], rows)).splitlines()
    assert [shown_width(line.rstrip("n1234")) for line in lines] == [6] * 5


def test_a_table_without_rows_is_its_head() -> None:
    assert click.unstyle(table(["run", "n"], [])) == "run  n"
