"""Bars below one another: each is one line in the end, and what is printed beside them is kept."""

import pytest

from gnomon.sdk.rows import MOST_ROWS, Rows

UP = "\x1b[A"


def lines(*writes: str) -> list[str]:
    """Return the lines that writes ended, and those that were begun."""
    rows = Rows()
    return [line for text in writes for line in rows.feed(text)] + rows.feed("\n" * rows.ends)


def nested(outer: int, inner: int, *, leave: bool) -> list[str]:
    """Return what tqdm writes for a loop in a loop: it goes down a row, writes, and comes up again."""
    writes = ["\rall:   0%| | 0/{outer}"]
    for i in range(outer):
        writes += [f"\n\rone: {100 * k // inner:3}%| | {k}/{inner}{UP}" for k in range(inner + 1)]
        if not leave:
            writes.append("\n\r" + " " * 40 + f"\r{UP}")
        writes.append(f"\rall: {100 * (i + 1) // outer:3}%| | {i + 1}/{outer}")
    return [*writes, "\n"]


def test_a_loop_in_a_loop_leaves_one_line_for_each_bar() -> None:
    found = lines(*nested(20, 50, leave=True), "done\n")
    assert found == ["all:   0%| | 0/{outer}", "all: 100%| | 20/20", "done 100%| | 50/50"]
    assert lines(*nested(20, 50, leave=False), "done\n") == ["all:   0%| | 0/{outer}", "all: 100%| | 20/20", "done"]


def test_a_display_that_is_drawn_anew_from_its_top_is_its_last_state() -> None:
    frames = [f"step {i}\nloss {1 / i:.2f}\nrate {i}" for i in range(1, 40)]
    again = f"\r\x1b[2K{UP}\x1b[2K{UP}\x1b[2K"
    assert lines(again.join(frames), "\n") == ["step 1", "loss 1.00", "step 39", "loss 0.03", "rate 39"]


@pytest.mark.parametrize("feed", [1, 3, 1000])
def test_it_does_not_matter_how_writes_are_cut_between_sequences(feed: int) -> None:
    writes = nested(3, 4, leave=True)
    joined = ["".join(writes[i : i + feed]) for i in range(0, len(writes), feed)]
    assert lines(*joined) == lines(*writes)


def test_what_is_printed_between_bars_is_kept() -> None:
    writes = [
        "\rall 1/2",
        f"\n\rone 1/9{UP}",
        "\r       \rnote: a checkpoint\n",
        "\rall 2/2",
        f"\n\rone 9/9{UP}",
        "\n\n",
    ]
    assert lines(*writes) == ["all 1/2", "note: a checkpoint", "all 2/2", "one 9/9"]


def test_a_cursor_goes_up_only_so_far() -> None:
    rows = Rows()
    assert rows.feed(f"a\x1b[{10**9}Ab") == []
    assert rows.ends == MOST_ROWS + 1
    assert rows.feed("\n" * rows.ends) == ["b", "a"]
    assert rows.is_empty


def test_colours_stay_in_their_rows() -> None:
    assert lines(f"\x1b[31mred\x1b[0m\nblue{UP}\rgreen\n\n") == ["\x1b[31mred\x1b[0m", "green", "blue"]
