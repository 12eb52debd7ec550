"""Ids, limits and settings: what is checked at every border."""

from pathlib import Path

import numpy as np
import pytest

from gnomon.core.errors import GnomonError, InputError, LimitError
from gnomon.core.ids import base32, is_id, run_id, run_name, writer_id
from gnomon.core.limits import MAX_STEP, check_key, check_name, check_step
from gnomon.core.settings import Settings


def test_run_ids_order_by_the_time_they_were_made_and_never_repeat() -> None:
    ids = [run_id(lambda t=t: t) for t in (0, 1_000, 1_795_000_000_000_000, 1_795_000_000_001_000, 2**57)]
    assert ids == sorted(ids)
    assert len({run_id(lambda: 0) for _ in range(1000)}) == 1000
    assert {(len(i), is_id(i)) for i in ids} == {(20, True)}
    assert (len(writer_id()), is_id(writer_id())) == (12, True)


def test_base32_keeps_the_low_bits_in_order() -> None:
    assert [base32(n, 2) for n in (0, 1, 32, 1023, 1024)] == ["00", "01", "10", "zz", "00"]


@pytest.mark.parametrize(
    "text", ["", "short", "a" * 41, "UPPERCASE", "../../etc", "a/b/c/d/e", "abcdeﬀ", "with space", "il0uo0"]
)
def test_what_could_leave_its_folder_is_no_id(text: str) -> None:
    assert not is_id(text)


def test_a_name_is_two_words_and_a_number() -> None:
    adjective, animal, number = run_name().split("-")
    assert (adjective.isalpha(), animal.isalpha(), 1 <= int(number) <= 999) == (True, True, True)


@pytest.mark.parametrize(("step", "value"), [(0, 0), (MAX_STEP, MAX_STEP), (np.int32(7), 7), (3.0, 3), (True, 1)])
def test_whole_numbers_up_to_2_to_the_53_are_steps(step: object, value: int) -> None:
    found = check_step(step)
    assert (found, type(found)) == (value, int)


@pytest.mark.parametrize("step", [-1, 2**53, 2**63, 0.5, float("nan"), float("inf"), "3", None, [1], 1j])
def test_anything_else_is_not_and_the_message_names_the_field(step: object) -> None:
    with pytest.raises(InputError, match="fork: expected") as caught:
        check_step(step, "fork")
    assert caught.value.field == "fork"


@pytest.mark.parametrize("key", ["loss", "train/loss", "ünï ☃ 🎉", "a" * 512, " x ", "a.b:c@rank1", "'; DROP"])
def test_printable_text_is_a_key(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize("key", ["", " ", "a\nb", "\x00", "\x7f", "\x9f", "\ud800", "k" * 513, 3, None, b"x", ("a",)])
def test_what_cannot_be_shown_or_stored_is_no_key(key: object) -> None:
    with pytest.raises(GnomonError, match="key: ") as caught:
        check_key(key)
    assert isinstance(caught.value, (InputError, LimitError))


def test_names_are_half_as_long() -> None:
    assert check_name("n" * 256) == "n" * 256
    with pytest.raises(LimitError, match="project: expected at most 256 characters, received 257"):
        check_name("n" * 257, "project")


def test_arguments_win_over_the_environment_and_both_over_the_defaults(tmp_path: Path) -> None:
    env = {"GNOMON_HOME": "/env", "GNOMON_URL": "http://env:1/", "GNOMON_TOKEN": "t"}
    assert Settings.from_env(env=env) == Settings(Path("/env"), "http://env:1", "t")
    assert Settings.from_env(tmp_path, "http://arg:2", env) == Settings(tmp_path, "http://arg:2", "t")
    assert Settings.from_env(env={}) == Settings(Path.home() / ".gnomon")
    assert Settings.from_env(env={"GNOMON_HOME": "", "GNOMON_URL": "", "GNOMON_TOKEN": ""}) == Settings.from_env(env={})
    assert Settings.from_env("~/lab", env={}).home == Path.home() / "lab"
    assert Settings.from_env("lab", env={}).home == Path.cwd() / "lab"
