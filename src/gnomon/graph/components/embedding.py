"""Embedding: numbers of words or kinds become vectors that are learnt."""

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, call, component, named, param
from gnomon.graph.need import need_ids, need_rank
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.spec import Spec


@component(
    "core/embedding@1",
    title="Embedding",
    category="Sequence",
    words=("word vectors", "lookup", "tokens", "text", "category"),
)
class Embedding(Component):
    """Gives every id (of a word, of a kind) a vector of its own, which is learnt.

    Source: Mikolov et al., Efficient estimation of word representations in vector space (2013).
    """

    vocabulary: int = param(
        10_000, doc="How many ids there are; they count from 0.", min=1, max=100_000_000, role="vocabulary",
        torch="num_embeddings", keras="input_dim",
    )  # fmt: skip
    units: int = param(
        64, doc="Numbers in each vector.", min=1, max=65_536, role="units", torch="embedding_dim", keras="output_dim"
    )

    torch_args = "num_embeddings embedding_dim"
    keras_args = "input_dim output_dim"

    def infer(self, x: Spec) -> Inferred:
        need_ids(x)
        need_rank(x, 0, 1)
        if x.classes is not None and x.classes > self.vocabulary:
            msg = f"vocabulary: ids go up to {x.classes - 1}, and there are vectors for {self.vocabulary}."
            remedies = (Remedy(f"Set vocabulary to {x.classes}", {"vocabulary": x.classes}),)
            raise Problem(msg, param="vocabulary", remedies=remedies)
        return Inferred(Spec((*x.shape, self.units)), params=self.vocabulary * self.units)

    def torch(self, x: Spec) -> Code:
        return Code("{layer}({0})", make=call("nn.Embedding", self.vocabulary, self.units))

    def keras(self, x: Spec) -> Code:
        return Code("{layer}({0})", make=named("layers.Embedding", self.vocabulary, self.units))
