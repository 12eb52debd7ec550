"""One column of the run table: a number, a text, a truth value or nothing for every run, in growing arrays."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from gnomon.core.batch import Float64, Int64
from gnomon.core.spelling import number_of
from gnomon.store.like import Sheet

Mask = npt.NDArray[np.bool_]
_T = TypeVar("_T", bound=np.generic)

MISSING, NUMBER, TEXT, BOOL = range(4)

_FIRST_TEXT: Final = 0x7FF0_0000_0000_0002  # just above ±inf as an integer; the bits of NaN leave 2^52 ranks free
_NAN: Final = 0x7FFF_FFFF_FFFF_FFFE
_LAST: Final = 0x7FFF_FFFF_FFFF_FFFF
_FOLD: Final = 0x7FFF_FFFF_FFFF_FFFF
_ANSWERS: Final = 8
_KEPT: Final = 8 << 20
"""Characters of words side by side that are kept for the next pattern."""


class Vocabulary:
    """Texts of a column, each kept once and numbered in the order in which they came."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._codes: dict[str, int] = {}
        self._folded: list[str] = []
        self._numbers: Float64 = np.empty(0)
        self._ranks: Int64 = np.empty(0, np.int64)
        self._fitting: dict[object, Mask] = {}
        self._sheets: dict[bool, Sheet] = {}

    def fitting(self, question: object, fits: Callable[[Sequence[str]], Mask], *, fold: bool) -> Mask:
        """Return which words fit, parallel to `words`.

        A live page asks the same again and again, so the last answers are kept; words are only ever added, and only
        the new ones are looked at.

        Args:
            question: What `fits` decides; equal questions must have equal answers.
            fits: Tells which of some words fit.
            fold: Give it words with their case folded.
        """
        known = self._fitting.pop(question, np.empty(0, np.bool_))
        words = self.folded if fold else self.words
        if len(known) < len(words):
            new = words[len(known) :] if len(known) else self._sheet(words, fold=fold)
            known = np.concatenate([known, fits(new)])
        self._fitting[question] = known  # last in the order of the dictionary, first out is the oldest
        if len(self._fitting) > _ANSWERS:
            del self._fitting[next(iter(self._fitting))]
        return known

    def _sheet(self, words: list[str], *, fold: bool) -> Sheet:
        """Return all words for a pattern that is new; side by side they are kept, since the next will need them so."""
        sheet = self._sheets.get(fold)
        if sheet is None or len(sheet) != len(words):
            sheet = Sheet(words)
            if sum(map(len, words)) <= _KEPT:
                self._sheets[fold] = sheet
        return sheet

    def codes(self, words: Sequence[str | None]) -> npt.NDArray[np.int32]:
        """Return the number of each of many words, -1 for `None`."""
        known = self._codes
        for word in dict.fromkeys(words):
            if word is not None and word not in known:
                known[word] = len(self.words)
                self.words.append(word)
        return np.array([-1 if word is None else known[word] for word in words], np.int32)

    def code(self, word: str) -> int:
        """Return the number of a word, giving it the next one when it is new."""
        code = self._codes.get(word)
        if code is None:
            code = self._codes[word] = len(self.words)
            self.words.append(word)
        return code

    def find(self, word: str) -> int | None:
        """Return the number of a word, `None` when it never came."""
        return self._codes.get(word)

    @property
    def folded(self) -> list[str]:
        """Words with their case folded, parallel to `words`."""
        self._folded += [word.casefold() for word in self.words[len(self._folded) :]]
        return self._folded

    @property
    def numbers(self) -> Float64:
        """Number that each word spells, NaN for most; MLflow clients send every parameter as text."""
        if len(self._numbers) < len(self.words):
            new = [number_of(word) for word in self.words[len(self._numbers) :]]
            self._numbers = np.concatenate([self._numbers, np.array(new)])
        return self._numbers

    @property
    def ranks(self) -> Int64:
        """Place of each word in the order of code points, parallel to `words`."""
        if len(self._ranks) < len(self.words):
            order = sorted(range(len(self.words)), key=self.words.__getitem__)
            self._ranks = np.empty(len(order), np.int64)
            self._ranks[order] = np.arange(len(order))
        return self._ranks


class Column:
    """Hold one value per run, by the run's index.

    Args:
        rows: How many runs there are.
        whole: The numbers are counts or steps, given back as `int`.

    `kind` says what a row holds, `number` its number (for a text: the number it spells, or NaN), `code` the place
    of its text in `vocabulary`, -1 for none. All three have at least `rows` entries.
    """

    def __init__(self, rows: int = 0, *, whole: bool = False) -> None:
        self.kind: npt.NDArray[np.uint8] = np.zeros(rows, np.uint8)
        self.number: Float64 = np.full(rows, np.nan)
        self.code: npt.NDArray[np.int32] | None = None
        self.vocabulary = Vocabulary()
        self.whole = whole

    def grow(self, rows: int) -> None:
        """Make room for at least `rows` runs; what is new is missing."""
        if rows <= len(self.kind):
            return
        room = max(rows, len(self.kind) * 3 // 2 + 16)
        self.kind = _extended(self.kind, room, 0)
        self.number = _extended(self.number, room, np.nan)
        if self.code is not None:
            self.code = _extended(self.code, room, -1)

    def put(self, index: int, number: float | None, text: str | None = None) -> None:
        """Set the value of one run: a number, a text, both for a truth value, or nothing."""
        self.grow(index + 1)
        if number is None and text is None:
            self.clear(index)
            return
        number = math.nan if number is None else number
        self.number[index] = number
        if text is None:
            self.kind[index] = NUMBER
            if self.code is not None:
                self.code[index] = -1
            return
        self._codes()[index] = self.vocabulary.code(text)
        if math.isnan(number):
            self.kind[index] = TEXT
            self.number[index] = number_of(text)
        else:
            self.kind[index] = BOOL

    def clear(self, index: int) -> None:
        """Forget the value of one run."""
        if index < len(self.kind):
            self.kind[index] = MISSING
            self.number[index] = np.nan
            if self.code is not None:
                self.code[index] = -1

    def fill(self, index: Int64, number: Float64, text: list[str | None] | None = None) -> None:
        """Set the values of many runs at once; arguments are parallel, NaN with a text beside it is no number."""
        if not len(index):
            return
        self.grow(int(index.max()) + 1)
        self.number[index] = number
        self.kind[index] = NUMBER
        if text is None or not any(word is not None for word in text):
            return
        codes = self.vocabulary.codes(text)
        worded = codes >= 0
        pure = worded & np.isnan(number)
        self._codes()[index] = codes
        self.kind[index[worded]] = BOOL
        self.kind[index[pure]] = TEXT
        self.number[index[pure]] = self.vocabulary.numbers[codes[pure]]

    def fill_truths(self, index: Int64, value: Mask) -> None:
        """Set truth values of many runs at once; arguments are parallel."""
        if len(index):
            self.grow(int(index.max()) + 1)
            false, true = self.vocabulary.code("false"), self.vocabulary.code("true")
            self.number[index] = value
            self.kind[index] = BOOL
            self._codes()[index] = np.where(value, true, false)

    def _codes(self) -> npt.NDArray[np.int32]:
        if self.code is None:
            self.code = np.full(len(self.kind), -1, np.int32)
        return self.code

    def sort_key(self, rows: Int64, *, descending: bool) -> Int64:
        """Return an int64 for each row that sorts as the values do: numbers, texts, NaN, missing.

        A text that spells a number ranks as that number, as it does in a filter. Only numbers and texts turn round when descending: what cannot be ranked stays at the end. The order of
        float64 is that of its bits read as an integer, once the negative half is turned over.
        """
        kind = self.kind[rows]
        bits = (self.number[rows] + 0.0).view(np.int64)  # adding 0.0 makes one zero of the two
        key: Int64 = np.where(bits < 0, bits ^ _FOLD, bits)
        if descending:
            key = -key
        unranked = np.isnan(self.number[rows])
        textual = (kind == TEXT) & unranked
        key[unranked] = _NAN
        if self.code is not None and textual.any():
            ranks = self.vocabulary.ranks[self.code[rows[textual]]]
            key[textual] = _FIRST_TEXT + (len(self.vocabulary.words) - 1 - ranks if descending else ranks)
        key[kind == MISSING] = _LAST
        return key

    def values(self, rows: Int64) -> list[Any]:
        """Return Python values of some rows: `float` (`int` when the column is whole), `str`, `bool` or `None`."""
        numbers: list[Any] = self.number[rows].tolist()
        kinds = self.kind[rows]
        if self.whole:
            numbers = [int(x) if math.isfinite(x) else x for x in numbers]
        if (kinds == NUMBER).all():
            return numbers
        words = self.vocabulary.words
        codes = self.code[rows].tolist() if self.code is not None else numbers
        return [
            x if k == NUMBER else None if k == MISSING else bool(x) if k == BOOL else words[c]
            for x, k, c in zip(numbers, kinds.tolist(), codes, strict=True)
        ]

    def holds(self, rows: Int64) -> str:
        """Return what some rows hold: `whole` numbers, `number`, `truth` values, or `text` when there is any.

        A config value that is NaN is kept as the text `nan`, and is a number for all that.
        """
        kinds = np.bincount(self.kind[rows], minlength=4)
        nan = self.vocabulary.find("nan")
        nans = 0 if self.code is None or nan is None else int((self.code[rows] == nan).sum())
        if kinds[TEXT] > nans or (kinds[BOOL] and kinds[NUMBER]):
            return "text"
        if kinds[BOOL]:
            return "text" if nans else "truth"
        return "whole" if self.whole and np.isfinite(self.number[rows][self.kind[rows] == NUMBER]).all() else "number"

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, the texts not counted."""
        return self.kind.nbytes + self.number.nbytes + (self.code.nbytes if self.code is not None else 0)


def _extended(array: npt.NDArray[_T], room: int, blank: Any) -> npt.NDArray[_T]:
    longer = np.full(room, blank, array.dtype)
    longer[: len(array)] = array
    return longer
