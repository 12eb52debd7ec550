"""Tokenise: text becomes numbers of its words."""

from collections.abc import Mapping
from typing import Any

from gnomon.graph.activations import FUNCTIONAL
from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, by_keyword, component, named, param
from gnomon.graph.problem import Problem
from gnomon.graph.reading import calls, literals_of
from gnomon.graph.spec import Spec


@component(
    "core/tokenise@1", title="Tokenise", category="Process", words=("tokenize", "words", "text", "hash", "vocabulary")
)
class Tokenise(Component):
    """Gives each word of a text a number, by a hash of its letters: no vocabulary has to be learnt or kept.

    Text enters a model as the bytes of its UTF-8, filled up with zeros. Words are runs of letters and digits, large and
    small letters alike; 0 stands where there is no word any more. Two words may share a number: of as many words as
    there are numbers, about a third do.

    Source: Weinberger et al., Feature hashing for large scale multitask learning (2009).
    """

    vocabulary: int = param(
        10_000,
        doc="How many numbers there are; 0 is no word.",
        min=2,
        max=46_337,
        role="vocabulary",
        keras="vocabulary",
    )
    length: int = param(
        64, doc="Words that a text is cut or filled to.", min=1, max=65_536, role="length", keras="length"
    )

    keras_args = "vocabulary length"

    def infer(self, x: Spec) -> Inferred:
        if x.dtype != "text" or x.rank != 1:
            msg = f"Expected text, received {x.text} {x.dtype}. Switch on `raw` of the text input."
            raise Problem(msg, port="in")
        letters = x.shape[0] or 1
        return Inferred(Spec((self.length,), "int64", classes=self.vocabulary), flops=2 * letters * self.length)

    def torch(self, x: Spec) -> Code:
        return Code(
            f"hash_words({{0}}, {self.vocabulary}, {self.length})",
            imports=("import torch", FUNCTIONAL),
            helpers=("hash_words",),
        )

    def keras(self, x: Spec) -> Code:
        return Code(
            "{layer}({0})",
            make=named("HashWords", self.vocabulary, self.length),
            imports=("from keras import ops",),
            helpers=("HashWords",),
        )

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if target == "keras":
            return by_keyword(cls, target, seen)
        found = calls(seen.call, "hash_words")
        given = literals_of(found.args[1:]) if found else None
        return dict(zip(("vocabulary", "length"), given, strict=False)) if given else None
