"""What every engine promises of consoles; part of `gnomon.store.suite.EngineSuite`."""

import pytest

from gnomon.core.batch import Change, Console, Rewind
from gnomon.core.errors import InputError, NotFoundError
from gnomon.core.terminal import ERASE, MAX_LINE
from gnomon.store.console import ConsoleInfo, ConsoleLine, Search
from gnomon.store.engine import Engine, Mark
from gnomon.store.suite_tools import BEGAN_US, RUN, batch, opened, refused, stored

US = BEGAN_US


def out(text: str, us: int = 0, stream: int = 0) -> Console:
    """Return a piece that was printed `us` after the run began."""
    return Console(US + us, stream, text)


def texts(engine: Engine, first: int = 0, limit: int = 1000) -> list[str]:
    """Return the text of lines."""
    return [line.text for line in engine.console.lines(RUN, first, limit)]


class ConsoleSuite:
    """What every engine promises of consoles."""

    def test_lines_are_numbered_as_they_end_and_open_ones_are_told_apart(self, engine: Engine) -> None:
        stored(engine, batch(out("epoch 1\nepo", 1), out("warning\n", 2, 1), opened=opened()))
        assert engine.console.lines(RUN) == [ConsoleLine(US + 1, 0, "epoch 1"), ConsoleLine(US + 2, 1, "warning")]
        assert engine.console.info(RUN) == ConsoleInfo(2, 1, None, (ConsoleLine(US + 1, 0, "epo"),))
        (told,) = stored(engine, batch(out("ch 2\n", 5), first=10, last=20))
        assert told.console == 3
        assert engine.console.info(RUN) == ConsoleInfo(3, 1, None, ())
        assert engine.console.lines(RUN, 1, 1) == [ConsoleLine(US + 2, 1, "warning")]
        assert engine.console.lines(RUN, 2) == [ConsoleLine(US + 5, 0, "epoch 2")]
        assert engine.console.lines(RUN, 3) == []

    def test_a_progress_bar_is_one_line_and_shows_its_last_state(self, engine: Engine) -> None:
        stored(engine, batch(opened=opened()))
        for n in range(1, 5):
            stored(engine, batch(out(f"{ERASE}{n}0%", n, 1), first=10 * n, last=10 * n + 10))
        assert engine.console.info(RUN).open == (ConsoleLine(US + 4, 1, "40%"),)
        stored(engine, batch(out(f"{ERASE}done\n", 9, 1), first=50, last=60))
        assert engine.console.lines(RUN) == [ConsoleLine(US + 9, 1, "done")]

    def test_writers_write_lines_of_their_own(self, engine: Engine) -> None:
        stored(engine, batch(out("one ", 1), opened=opened()))
        stored(engine, batch(out("two ", 2), opened=opened(child=True, resumed=True), writer="0ther"))
        stored(engine, batch(out("a\n", 3), first=10, last=20))
        stored(engine, batch(out("b\n", 4), writer="0ther", first=10, last=20))
        assert texts(engine) == ["one a", "two b"]

    def test_the_end_of_a_run_ends_its_lines(self, engine: Engine) -> None:
        end = Change(US + 9, {"state": "finished"})
        (told,) = stored(engine, batch(out("no line feed", 1), out("", 2), end, opened=opened()))
        assert told.console == 1
        assert engine.console.info(RUN) == ConsoleInfo(1, 0, None, ())
        assert texts(engine) == ["no line feed"]

    def test_what_comes_after_the_end_has_no_open_lines(self, engine: Engine) -> None:
        stored(engine, batch(out("a"), Change(US + 9, {"state": "finished"}), opened=opened()))
        stored(engine, batch(out("b\nc", 3), opened=opened(child=True, resumed=True), writer="0ther"))
        assert (texts(engine), engine.console.info(RUN).open) == (["a", "b", "c"], ())

    def test_many_small_pieces_and_one_large_one_come_back_in_order(self, engine: Engine) -> None:
        stored(engine, batch(opened=opened()))
        wanted = []
        for n in range(150):
            wanted.append(f"{n} \x1b[31mé\x1b[0m")
            stored(engine, batch(out(f"{wanted[-1]}\n", n), first=10 * n + 10, last=10 * n + 20))
        pieces = [out("".join(f"{n} {'x' * 90}\n" for n in range(i, i + 500)), 999) for i in range(0, 6000, 500)]
        wanted += [f"{n} {'x' * 90}" for n in range(6000)]
        stored(engine, batch(*pieces, first=1510, last=1520))
        stored(engine, batch(out(f"{'y' * MAX_LINE}z\n", 1000), first=1520, last=1530))
        wanted += ["y" * MAX_LINE, "z"]
        assert texts(engine, 0, 10_000) == wanted
        assert texts(engine, 149, 3) == wanted[149:152]
        assert texts(engine, 6148, 9) == wanted[6148:]
        numbers = [0, 31, 32, 149, 150, 3000, 6151]
        assert [line.text for line in engine.console.pick(RUN, numbers)] == [wanted[n] for n in numbers]
        assert engine.console.find(RUN, Search("é")).tolist() == list(range(150))
        assert engine.console.find(RUN, Search("5999 x")).tolist() == [6149]

    def test_lines_are_found_by_text_and_by_stream(self, engine: Engine) -> None:
        text = "Loss 1\n\x1b[32mlo\x1b[0mss 2\n.*\n\n"
        stored(engine, batch(out(text), out("loss 3\nLOSS\n", stream=1), out("loss", stream=1), opened=opened()))
        find = engine.console.find
        assert find(RUN, Search()).tolist() == [0, 1, 2, 3, 4, 5]
        assert find(RUN, Search("loss")).tolist() == [0, 1, 4, 5]
        assert find(RUN, Search("loss", case=True)).tolist() == [1, 4]
        assert find(RUN, Search("loss", stream=1)).tolist() == [4, 5]
        assert find(RUN, Search(stream=0)).tolist() == [0, 1, 2, 3]
        assert find(RUN, Search(stream=2)).tolist() == find(RUN, Search("nowhere")).tolist() == []
        assert find(RUN, Search(".*")).tolist() == [2]
        assert find(RUN, Search("s.*[12]$", regex=True)).tolist() == [0, 1]
        assert find(RUN, Search("^loss", regex=True, case=True, stream=1)).tolist() == [4]
        stored(engine, batch(out("loss 4\n", 9), out(" the end\n", 9, 1), first=10, last=20))
        assert find(RUN, Search("loss")).tolist() == [0, 1, 4, 5, 6, 7]
        assert find(RUN, Search("s.*[12]$", regex=True)).tolist() == [0, 1]
        assert find(RUN, Search(stream=1)).tolist() == [4, 5, 7]

    def test_a_search_that_makes_no_sense_is_refused(self, engine: Engine) -> None:
        stored(engine, batch(out("a\n"), opened=opened()))
        for search, reason in (
            (Search("(" * 3, regex=True), "does not compile"),
            (Search("x" * 1001), "at most 1000 characters"),
            (Search("a\nb"), "one line"),
        ):
            with pytest.raises(InputError, match=reason):
                engine.console.find(RUN, search)

    def test_the_first_error_is_remembered(self, engine: Engine) -> None:
        stored(engine, batch(out("ValueError: on stdout, said by a test\n"), opened=opened()))
        assert engine.console.info(RUN).first_error is None
        failure = "fine\nTraceback (most recent call last):\n  File x\nValueError: no\n"
        stored(engine, batch(out(failure, 5, 1), first=10, last=20))
        assert engine.console.info(RUN) == ConsoleInfo(5, 4, 2, ())

    def test_a_rewind_leaves_what_was_printed(self, engine: Engine) -> None:
        stored(engine, batch(out("a\nb"), Rewind(US, 0), out("c\n"), opened=opened()))
        assert texts(engine) == ["a", "bc"]

    def test_a_piece_that_comes_again_is_printed_once(self, engine: Engine) -> None:
        piece = batch(out("a\nb"), opened=opened())
        stored(engine, piece)
        (again,) = stored(engine, piece)
        assert again.batch is None
        assert (texts(engine), engine.console.info(RUN).open) == (["a"], (ConsoleLine(US, 0, "b"),))

    def test_a_run_that_printed_nothing_has_an_empty_console_and_one_that_is_gone_none(self, engine: Engine) -> None:
        with pytest.raises(NotFoundError, match="No run"):
            engine.console.info(RUN)
        stored(engine, batch(opened=opened()))
        assert engine.console.info(RUN) == ConsoleInfo()
        assert texts(engine) == engine.console.find(RUN, Search("a")).tolist() == []
        stored(engine, batch(out("a\nb"), first=10, last=20))
        engine.delete(RUN)
        for read in (engine.console.info, engine.console.lines, lambda run: engine.console.find(run, Search())):
            with pytest.raises(NotFoundError, match="No run"):
                read(RUN)

    def test_text_that_no_store_could_hold_is_refused(self, engine: Engine) -> None:
        stored(engine, batch(opened=opened()))
        error = refused(engine, batch(out("\udcff\n"), first=10, last=20))
        assert isinstance(error, InputError)
        assert texts(engine) == []

    def test_the_feed_tells_lines_once_each(self, engine: Engine) -> None:
        stored(engine, batch(out("".join(f"{n}\n" for n in range(12_000))), opened=opened()))
        first = engine.feed(RUN, Mark())
        assert ([line.text for line in first.console], first.has_more) == ([str(n) for n in range(10_000)], True)
        second = engine.feed(RUN, first.mark)
        assert ([line.text for line in second.console], second.has_more) == (
            [str(n) for n in range(10_000, 12_000)],
            False,
        )
        assert engine.feed(RUN, second.mark).console == ()
