"""Positional embedding: a vector is learnt for every place of a sequence."""

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, call, component, named, param
from gnomon.graph.need import need_length, need_number, need_rank
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.spec import Spec
from gnomon.graph.windows import places


@component(
    "core/positional_embedding@1",
    title="Positional embedding",
    category="Sequence",
    words=("position", "transformer", "order", "place"),
)
class PositionalEmbedding(Component):
    """Adds a learnt vector to every step, which tells where it stands; attention does not know by itself.

    Source: Gehring et al., Convolutional sequence to sequence learning (2017), section 3.1.
    """

    length: int = param(
        512, doc="Most steps that a sequence may have.", min=1, max=10_000_000, role="length", torch="num_embeddings",
        keras="length",
    )  # fmt: skip

    torch_args = "num_embeddings embedding_dim"
    keras_args = "length"

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, 2, remedies=_remedies(x))
        need_number(x)
        channels = need_length(x.channels, "features", "each place has a vector of as many numbers")
        if x.shape[0] is not None and x.shape[0] > self.length:
            msg = f"length: the sequence has {x.shape[0]} steps, and there are vectors for {self.length}."
            raise Problem(
                msg, param="length", remedies=(Remedy(f"Set length to {x.shape[0]}", {"length": x.shape[0]}),)
            )
        return Inferred(Spec(x.shape), params=self.length * channels, flops=places(x.shape))

    def torch(self, x: Spec) -> Code:
        where = "torch.arange({0}.shape[1], device={0}.device)"
        return Code(f"{{0}} + {{layer}}({where})", make=call("nn.Embedding", self.length, x.channels))

    def keras(self, x: Spec) -> Code:
        return Code(
            "{layer}({0})",
            make=named("PositionalEmbedding", self.length),
            imports=("from keras import ops",),
            helpers=("PositionalEmbedding",),
        )


def _remedies(x: Spec) -> tuple[Remedy, ...]:
    if x.rank == 1 and x.dtype == "int64":
        words = {} if x.classes is None else {"vocabulary": x.classes}
        return (Remedy("Put an Embedding in front", before={"in": ("core/embedding@1", words)}),)
    return ()
