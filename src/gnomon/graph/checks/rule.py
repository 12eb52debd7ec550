"""What a check is: a rule that the documentation explains, and a function that finds where a graph breaks it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from inspect import cleandoc
from typing import Final

from gnomon.graph.checks.view import View
from gnomon.graph.problem import Fix, Issue, Level

_LEVELS: Final[dict[str, Level]] = {"E": "error", "W": "warning", "T": "tip"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Describe what can be wrong.

    Args:
        code: Its number, with `E` for an error, `W` for a warning and `T` for a tip in front.
        title: What is wrong, in a few words.
        why: Why that matters and what to do, as Markdown.
    """

    code: str
    title: str
    why: str

    @property
    def level(self) -> Level:
        """How much it matters."""
        return _LEVELS[self.code[0]]


@dataclass(frozen=True, slots=True)
class Finding:
    """Tell where a graph breaks a rule: the arguments are those of `Issue`."""

    node: str
    message: str
    param: str = ""
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """Hold a rule with what finds where it is broken."""

    rule: Rule
    find: Callable[[View], Iterable[Finding]]

    def issues(self, view: View) -> Iterator[Issue]:
        """Return what it finds in a graph."""
        for each in self.find(view):
            yield Issue(each.node, self.rule.level, self.rule.code, each.message, each.param, fixes=each.fixes)


def rule(code: str, title: str) -> Callable[[Callable[[View], Iterable[Finding]]], Check]:
    """Make a function a check; its docstring says why."""

    def decorate(find: Callable[[View], Iterable[Finding]]) -> Check:
        return Check(Rule(code, title, cleandoc(find.__doc__ or "")), find)

    return decorate
