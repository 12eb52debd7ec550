"""Every check finds what it is for, says so with the numbers of the graph, is mended by its fixes, and is quiet else."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from tests.unit.graph.build import build

from gnomon.graph.checks import CHECKS, RULES, check
from gnomon.graph.checks.view import View
from gnomon.graph.columns import ColumnFact, DataSummary
from gnomon.graph.document import Graph, decode
from gnomon.graph.infer import infer
from gnomon.graph.patch import apply
from gnomon.graph.problem import Issue
from gnomon.graph.spec import Spec
from gnomon.graph.templates import templates

CNN = "image:image_input>conv:conv2d(activation='relu')>flat:flatten>head:dense(units=10)"
MLP = "x:numeric_input(columns=8)>hid:dense(activation='relu')>head:dense(units=10)"
STEPS = "x:sequence_input(length=9,features=4)"
ADAM = {"type": "adam", "lr": 1e-3}


def trained(text: str = MLP + ">out:classification", data: dict[str, Any] | None = None, **train: Any) -> Graph:
    return build(text, train=train, data=data or {})


def by_hand(text: str, said: str = "", code: str = "b = mine(a)") -> Graph:
    """Return a graph with handwritten code before its first layer."""
    first = text.partition(":")[0]
    return build(f"x:image_input>own.a:code(code='{code}',reads='a',writes='b'{said}) {text}", f"own.b>{first}")


PHOTO = "x:image_input(height=32,width=32,channels=3)>s:rescale>f:flatten>"
VISITS = DataSummary(
    "visits@00ff00ff00ff00ff",
    {
        fact.name: fact
        for fact in (
            ColumnFact("photo", "image", Spec((32, 32, 3)), top=255.0),
            ColumnFact("scan", "image", Spec((16, 16, 1)), "scale", 255.0),
            ColumnFact("age", "number", Spec(()), top=99.0),
            ColumnFact("sex", "category", Spec((), "int64", 4)),
            ColumnFact("note", "text", Spec((40,), "int64", 500)),
            ColumnFact("pulse", "array", Spec((60, 1))),
            ColumnFact("tags", "array", Spec((4,))),
            ColumnFact("area", "mask", Spec((32, 32), "int64", 2)),
            ColumnFact("kind", "category", Spec((), "int64", 3)),
        )
    },
    inputs=("photo",),
    target=("kind",),
    rows={"train": 300, "validation": 50},
)


def bound(text: str, **inputs: Any) -> Graph:
    """Return a graph whose inputs say their columns."""
    return build(text, data={"inputs": inputs})


def outward(text: str, column: Any) -> Graph:
    """Return a graph whose input `x` takes the photo, and whose output `out` predicts a column."""
    return build(text, data={"inputs": {"x": "photo"}, "outputs": {"out": column}})


def data_for(code: str, graph: Graph) -> DataSummary | str | None:
    """Return what is known of the data where a check is about them."""
    if code == "W708":
        return 'dataset: there is no "lost" in this home.' if "dataset" in graph.data else None
    return VISITS if code[1] == "7" else None


@dataclass(frozen=True)
class Case:
    """Graphs that break a rule, with what is said of the first; graphs that come close and do not."""

    said: str
    node: str
    found: list[Graph]
    quiet: list[Graph] = field(default_factory=list)
    mended: bool = True


CASES: dict[str, Case] = {
    "E201": Case(
        "Nothing is an output: put one behind the last layer, so that there is something to train.",
        "",
        [build(CNN), build("image:image_input>conv:conv2d"), build(STEPS + ">lstm(return_sequences=True)")],
        [build(), build(CNN + ">out:classification")],
    ),
    "W202": Case(
        "pool (with 1 before it) leads to no output, so it is computed for nothing.",
        "pool",
        [
            build(CNN + ">out:classification image>side:conv2d>pool:max_pool2d"),
            build(CNN + ">out:classification more:image_input"),
        ],
        [
            build(CNN + ">out:classification"),
            build(CNN),
            # Who is still connecting is told what is not connected, and no more.
            build(CNN + ">out:classification drop:dropout>drop2:dropout"),
        ],
    ),
    "T203": Case(
        "flat does nothing: what it takes is flat already (8).",
        "flat",
        [
            build("x:numeric_input(columns=8)>flat:flatten>head:dense>out:regression"),
            build("x:image_input>same:reshape(shape=[28,28,1])>out:reconstruction"),
            build(CNN + ">nothing:activation(function='linear')>out:classification"),
            build("x:image_input>drop:dropout(rate=0)>conv:conv2d>out:reconstruction"),
            build("x:image_input>pool:max_pool2d(pool_size=1)>conv:conv2d>out:reconstruction"),
            build("x:image_input>pool:avg_pool2d(pool_size=[1,1],strides=[1,1])>conv:conv2d>out:reconstruction"),
        ],
        [
            build(CNN + ">out:classification"),
            build("x:image_input>same:reshape(shape=[784])>head:dense>out:regression"),
            build("x:image_input>pool:max_pool2d(pool_size=1,strides=2)>conv:conv2d>out:reconstruction"),
        ],
    ),
    "T204": Case(
        "All 2 inputs of sum come from conv.",
        "sum",
        [
            build("x:image_input>conv:conv2d(filters=1)>sum.in.0:add>out:reconstruction", "conv>sum.in.1"),
            build("x:image_input>conv:conv2d>cat.in.0:concatenate>out:segmentation", "conv>cat.in.1"),
        ],
        [
            build("x:image_input>conv:conv2d(filters=1)>sum.in.0:add>out:reconstruction", "x>sum.in.1"),
            build("x:image_input>conv:conv2d(filters=1)>sum.in.0:multiply>out:reconstruction", "conv>sum.in.1"),
        ],
    ),
    "E205": Case(
        "own exists for Keras, and the graph is written for PyTorch.",
        "own",
        [build("x:image_input>own.a:code(code='b = a',reads='a',writes='b',target='keras',shapes='28×28×1')")],
        [
            build(
                "x:image_input>own.a:code(code='b = a',reads='a',writes='b',target='keras',shapes='28×28×1')",
                target="keras",
            )
        ],
    ),
    "E206": Case(
        "What own gives is not known before it runs, and flat has to know it.",
        "own",
        [
            by_hand("flat:flatten>head:dense(units=10)>out:classification"),
            by_hand("c:conv2d>flat:flatten>head:dense(units=10)>out:classification", ",shapes='?×?×1'"),
            by_hand("drop:dropout>c:conv2d>pool:max_pool2d>out:segmentation"),
        ],
        [
            by_hand("drop:dropout>out:regression"),
            by_hand("flat:flatten>head:dense(units=10)>out:classification", ",shapes='28×28×1'"),
            by_hand("c:conv2d>g:global_avg_pool>h:dense>out:classification", ",shapes='?×?×1'"),
            by_hand("flat:flatten>head:dense(units=10)>out:classification", code="b = a.sin()"),
        ],
    ),
    "W301": Case(
        "head applies a softmax, and the loss of out applies it again (from_logits).",
        "out",
        [
            build(CNN.replace("units=10", "units=10,activation='softmax'") + ">out:classification"),
            build(CNN + ">soft:activation(function='softmax')>out:classification"),
            build("x:image_input>conv:conv2d(filters=3,activation='softmax')>out:segmentation"),
        ],
        [
            build(CNN + ">out:classification"),
            build(CNN + ">soft:activation(function='softmax')>out:classification(from_logits=False)"),
            build(CNN + ">soft:activation(function='softmax')>out:classification(loss='mean_squared_error')"),
            build(CNN + ">soft:activation(function='log_softmax')>out:classification"),
        ],
    ),
    "W302": Case(
        "out takes shares from 0 to 1 (from_logits is off), and head ends in linear.",
        "out",
        [
            build(CNN + ">out:classification(from_logits=False)"),
            build(CNN + ">out:multi_label(from_logits=False)"),
            build(CNN + ">soft:activation(function='log_softmax')>out:classification(from_logits=False)"),
        ],
        [
            build(CNN + ">soft:activation(function='sigmoid')>out:multi_label(from_logits=False)"),
            build(CNN + ">out:classification(from_logits=False,loss='mean_squared_error')"),
        ],
    ),
    "W303": Case(
        "head ends in a sigmoid, and out chooses one of all classes.",
        "out",
        [
            build(MLP.replace("units=10", "units=10,activation='sigmoid'") + ">out:classification"),
            build(MLP + ">sig:activation(function='sigmoid')>out:classification(from_logits=False)"),
            build("x:image_input>conv:conv2d(filters=3,activation='sigmoid')>out:segmentation"),
        ],
        [
            build(MLP + ">sig:activation(function='sigmoid')>out:multi_label(from_logits=False)"),
            build(MLP + ">sig:activation(function='sigmoid')>out:classification(loss='mean_squared_error')"),
            build(
                "x:image_input>conv:conv2d(filters=1,activation='sigmoid')"
                ">out:segmentation(loss='binary_cross_entropy',from_logits=False)"
            ),
        ],
    ),
    "W304": Case(
        "head ends in relu, and out expects any number (from_logits).",
        "head",
        [
            build(MLP.replace("units=10", "units=10,activation='relu'") + ">out:classification"),
            build(MLP + ">tanh:activation(function='tanh')>drop:dropout>out:classification"),
            build(MLP.replace("units=10", "units=10,activation='sigmoid'") + ">out:multi_label"),
        ],
        [
            build(MLP + ">out:multi_label"),
            build(MLP.replace("units=10", "units=10,activation='relu'") + ">out:regression"),
            build(MLP + ">sig:activation(function='sigmoid')>out:multi_label(from_logits=False)"),
            build(MLP.replace("units=10", "units=10,activation='sigmoid'") + ">out:classification(loss='mean_squared_error')"),
        ],
    ),
    "W305": Case(
        "head ends in a softmax, which shares one among all labels of out.",
        "out",
        [
            build(MLP.replace("units=10", "units=10,activation='softmax'") + ">out:multi_label"),
            build(MLP.replace("units=10", "units=10,activation='softmax'") + ">out:multi_label(from_logits=False)"),
        ],
        [build(MLP + ">out:multi_label")],
    ),
    "W306": Case(
        "head ends in a softmax, so the values of out are shares that sum to 1.",
        "out",
        [build(MLP.replace("units=10", "units=10,activation='softmax'") + ">out:regression")],
        [build(MLP + ">out:regression"), build(MLP.replace("units=10", "units=1,activation='sigmoid'") + ">out:regression")],
    ),
    "W307": Case(
        "head applies a softmax to one number, which is always 1.",
        "head",
        [
            build(MLP.replace("units=10", "units=1,activation='softmax'") + ">out:multi_label(from_logits=False)"),
            build(MLP.replace("units=10", "units=1") + ">soft:activation(function='softmax')>out:regression"),
        ],
        [build(MLP.replace("units=10", "units=2,activation='softmax'") + ">out:classification(from_logits=False)")],
    ),
    "W308": Case(
        "out has one class, and its cross-entropy is always 0: there is nothing to choose.",
        "out",
        [
            build(MLP.replace("units=10", "units=1") + ">out:classification"),
            build("x:image_input>conv:conv2d(filters=1)>out:segmentation"),
        ],
        [
            build(MLP.replace("units=10", "units=2") + ">out:classification"),
            build("x:image_input>conv:conv2d(filters=1)>out:segmentation(loss='dice')"),
            build(MLP.replace("units=10", "units=1") + ">out:multi_label"),
        ],
    ),
    "W309": Case(
        "The loss of out needs numbers from 0 to 1, and conv ends in linear.",
        "out",
        [
            build("x:image_input>conv:conv2d(filters=1)>out:reconstruction(loss='binary_cross_entropy')"),
            build(
                "x:image_input>conv:conv2d(filters=1)>a:activation(function='tanh')"
                ">out:reconstruction(loss='binary_cross_entropy')"
            ),
        ],
        [
            build("x:image_input>conv:conv2d(filters=1)>out:reconstruction"),
            build("x:image_input>conv:conv2d(filters=1,activation='sigmoid')>out:reconstruction(loss='binary_cross_entropy')"),
        ],
    ),
    "E310": Case(
        "out is 28×28×3, and the input that it gives back is 28×28×1.",
        "out",
        [
            build("x:image_input>conv:conv2d(filters=3)>out:reconstruction"),
            build("x:image_input>conv:conv2d(filters=1)>out:reconstruction(of='y')"),
            build("x:image_input>conv:conv2d(filters=1,strides=2)>out:reconstruction"),
        ],
        [
            build("x:image_input>conv:conv2d(filters=1)>out:reconstruction"),
            build("x:image_input(height=None)>conv:conv2d(filters=1)>out:reconstruction"),
            build(
                "x:image_input>conv:conv2d(filters=4)>out:reconstruction x2:image_input(channels=2)>c2:conv2d>o2:segmentation"
            ),
        ],
    ),
    "W311": Case(
        "drop sets 50% of what out takes to 0 while training.",
        "drop",
        [
            build(MLP + ">drop:dropout>out:classification"),
            build(MLP + ">drop:dropout>soft:activation(function='softmax')>out:classification(from_logits=False)"),
        ],
        [
            build("x:numeric_input(columns=8)>drop:dropout>head:dense>out:classification"),
            build(MLP + ">drop:dropout(rate=0)>out:classification"),
        ],
    ),
    "W401": Case(
        "hid and head are linear one behind the other, and compute no more than one Dense.",
        "hid",
        [
            build("x:numeric_input(columns=8)>hid:dense>head:dense(units=10)>out:classification"),
            build("x:numeric_input(columns=8)>hid:dense>drop:dropout>head:dense(units=10)>out:classification"),
        ],
        [
            build(MLP + ">out:classification"),
            # An autoencoder's narrowest layer, and a matrix written as two thin ones.
            build("x:numeric_input(columns=8)>code:dense(units=2)>wide:dense(units=8,activation='relu')>out:reconstruction"),
            # The mean of a variational autoencoder goes elsewhere too.
            build("x:numeric_input(columns=8)>hid:dense>head:dense(units=8)>out:reconstruction hid>r:regression"),
            build("x:numeric_input(columns=8)>hid:dense>norm:batch_norm>head:dense>out:classification"),
        ],
    ),
    "W402": Case(
        "a applies relu to what conv applied relu to already.",
        "a",
        [
            build("x:image_input>conv:conv2d(activation='relu')>a:activation>flat:flatten>head:dense>out:classification"),
            build("x:image_input>conv:conv2d(activation='relu')>a:activation>out:reconstruction conv>o:segmentation"),
        ],
        [
            build("x:image_input>conv:conv2d>a:activation>flat:flatten>head:dense>out:classification"),
            build(STEPS + ">lstm>a:activation>head:dense>out:classification"),
        ],
    ),
    "W403": Case(
        "hid ends in a softmax, and head learns behind it.",
        "hid",
        [
            build(MLP.replace("relu", "softmax") + ">out:classification"),
            build("x:image_input>c:conv2d>a:activation(function='softmax')>d:conv2d>out:segmentation"),
        ],
        [
            build(MLP + ">out:classification"),
            build(
                "x:numeric_input(columns=8)>gate:dense(units=8,activation='softmax')>times.in.0:multiply>head:dense"
                ">out:classification",
                "x>times.in.1",
            ),
        ],
    ),
    "T404": Case(
        "3 layers in a row end in a sigmoid, up to c: little gradient gets through.",
        "c",
        [
            build(
                "x:numeric_input>a:dense(activation='sigmoid')>b:dense(activation='sigmoid')>drop:dropout"
                ">c:dense(activation='sigmoid')>head:dense>out:classification"
            ),
            build(
                "x:numeric_input>a:dense>s:activation(function='sigmoid')>b:dense(activation='sigmoid')"
                ">c:dense(activation='sigmoid')>d:dense(activation='sigmoid')>out:multi_label(from_logits=False)"
            ),
        ],
        [
            build(
                "x:numeric_input>a:dense(activation='sigmoid')>b:dense(activation='sigmoid')"
                ">c:dense(activation='sigmoid')>out:multi_label(from_logits=False)"
            ),
            build(
                "x:numeric_input>a:dense(activation='sigmoid')>b:dense(activation='relu')"
                ">c:dense(activation='sigmoid')>d:dense(activation='sigmoid')>head:dense>out:classification"
            ),
        ],
    ),
    "T405": Case(
        "norm takes away what the bias of conv adds: 32 parameters for nothing.",
        "conv",
        [build("x:image_input>conv:conv2d>norm:batch_norm>relu:activation>out:segmentation")],
        [
            build("x:image_input>conv:conv2d(use_bias=False)>norm:batch_norm>out:segmentation"),
            build("x:image_input>conv:conv2d(activation='relu')>norm:batch_norm>out:segmentation"),
            build("x:image_input>conv:conv2d>norm:layer_norm>out:segmentation"),
            build("x:image_input>conv:conv2d(filters=1)>norm:batch_norm>out:segmentation conv>back:reconstruction"),
        ],
    ),
    "T406": Case(
        "drop changes the variance that norm keeps.",
        "drop",
        [
            build("x:numeric_input>hid:dense>drop:dropout>norm:batch_norm>head:dense>out:classification"),
            build("x:numeric_input>hid:dense>drop:dropout>norm:batch_norm>head:dense>out:classification norm>d:dense>r:regression"),
        ],
        [build("x:numeric_input>hid:dense>norm:batch_norm>drop:dropout>head:dense>out:classification")],
    ),
    "T407": Case(
        "drop sets 90% of its inputs to 0; from 10% to 50% is usual.",
        "drop",
        [build(MLP.replace(">head", ">drop:dropout(rate=0.9)>head") + ">out:classification")],
        [build(MLP.replace(">head", ">drop:dropout(rate=0.8)>head") + ">out:classification")],
    ),
    "W408": Case(
        "a gives its last step only, and b needs all of them.",
        "a",
        [
            build(STEPS + ">a:lstm>b:lstm>head:dense>out:regression"),
            build(STEPS + ">a:bidirectional>b:multi_head_attention>out:regression"),
        ],
        [
            build(STEPS + ">a:lstm(return_sequences=True)>b:lstm>head:dense>out:regression"),
            build(STEPS + ">a:gru>head:dense>out:regression"),
        ],
    ),
    "T409": Case(
        "conv has a kernel of 4, which has no middle: it shifts by half a place.",
        "conv",
        [
            build("x:image_input>conv:conv2d(kernel_size=4)>out:segmentation"),
            build("x:image_input>conv:conv2d(kernel_size=[3,2],strides=[1,1])>out:segmentation"),
        ],
        [
            build("x:image_input>conv:conv2d(kernel_size=5)>out:segmentation"),
            build("x:image_input>conv:conv2d(kernel_size=4,padding='valid')>out:segmentation"),
            build("x:image_input>conv:conv2d(kernel_size=4,strides=2)>out:segmentation"),
        ],
    ),
    "W410": Case(
        "conv steps by 4 with a window of 3: places between are never seen.",
        "conv",
        [
            build("x:image_input>conv:conv2d(strides=4)>out:segmentation"),
            build("x:image_input>conv:conv2d(kernel_size=[3,5],strides=[1,6])>out:segmentation"),
            build("x:image_input>conv:max_pool2d(strides=3)>more:conv2d>out:segmentation"),
        ],
        [
            build("x:image_input>conv:conv2d(kernel_size=1,strides=2)>out:segmentation"),
            build("x:image_input>conv:conv2d(strides=3)>out:segmentation"),
            build("x:image_input>conv:max_pool2d>more:conv2d>out:segmentation"),
        ],
    ),
    "T411": Case(
        "What pool pools has seen 5×5 of 224×224 pixels.",
        "pool",
        [
            build(
                "x:image_input(height=224,width=224)>a:conv2d(activation='relu')>b:conv2d(activation='relu')"
                ">pool:global_avg_pool>head:dense>out:classification"
            )
        ],
        [
            build("x:image_input>a:conv2d>b:conv2d(dilation=2)>pool:global_avg_pool>head:dense>out:classification"),
            build("x:image_input(height=None)>a:conv2d>pool:global_avg_pool>head:dense>out:classification"),
            build("x:image_input(height=224,width=224)>a:conv2d>flat:flatten>head:dense>out:classification"),
        ],
        mended=False,
    ),
    "T412": Case(
        "aug augments what conv has learnt to make, and not the image.",
        "aug",
        [build("x:image_input>conv:conv2d>aug:augment>out:segmentation")],
        [build("x:image_input>aug:augment>conv:conv2d>out:segmentation")],
    ),
    "T413": Case(
        "conv has a window of 99×99 over 28×28 places: the rest of it sees padding only.",
        "conv",
        [
            build("x:image_input>conv:conv2d(kernel_size=99)>out:segmentation"),
            build("x:image_input>conv:conv2d(kernel_size=[29,3],padding='half')>out:segmentation"),
            build("x:image_input>conv:conv2d(dilation=14)>out:segmentation"),
            build("x:image_input(height=1,width=1)>conv:conv2d>out:segmentation"),
            build("x:sequence_input(length=9,features=4)>conv:conv1d(kernel_size=11)>more:dense>out:regression"),
            build("x:image_input>conv:max_pool2d(pool_size=40,strides=1,padding='same')>more:conv2d>out:segmentation"),
        ],
        [
            build("x:image_input>conv:conv2d(kernel_size=27)>out:segmentation"),
            build("x:image_input(height=2,width=2)>conv:conv2d>out:segmentation"),
            build("x:image_input(height=None)>conv:conv2d(kernel_size=99)>out:segmentation"),
        ],
    ),
    "W501": Case(
        "head has 51.4 million parameters behind flat; with a global average pooling it has 66,560.",
        "head",
        [build("x:image_input>conv:conv2d(filters=64)>flat:flatten>drop:dropout>head:dense(units=1024)>out:classification")],
        [build("x:image_input>conv:conv2d>pool:max_pool2d>flat:flatten>head:dense(units=1024)>out:classification")],
    ),
    "T502": Case(
        "head holds 100% of 6.4 million parameters; with a global average pooling it has 8,448.",
        "head",
        [build("x:image_input>conv:conv2d>flat:flatten>head:dense(units=256)>out:classification")],
        [
            build("x:image_input>conv:conv2d>flat:flatten>head:dense(units=64)>out:classification"),
            build("x:numeric_input(columns=10000)>head:dense(units=1000)>out:classification"),
        ],
    ),
    "W503": Case(
        "Training with batches of 4096 needs about 25 GiB, and a large graphics card has 24.",
        "",
        [trained("x:image_input(height=256,width=256)>conv:conv2d(filters=24)>out:segmentation", batch_size=4096)],
        [
            trained("x:image_input(height=256,width=256)>conv:conv2d(filters=24)>out:segmentation", batch_size=512),
            build("x:image_input(height=256,width=256)>conv:conv2d(filters=24)>out:segmentation"),
        ],
    ),
    "W504": Case(
        "look compares 20000 steps with one another: up to 12 GiB for a batch of 1.",
        "look",
        [build("x:sequence_input(length=20000,features=64)>look:multi_head_attention(heads=8)>out:regression")],
        [build("x:sequence_input(length=512,features=64)>look:multi_head_attention(heads=8)>out:regression")],
        mended=False,
    ),
    "E601": Case(
        "train.batch_size: expected a whole number of at least 1, received 0.",
        "",
        [
            trained(batch_size=0),
            trained(epochs="many"),
            trained(seed=1.5),
            trained(optimizer={"type": "sgd", "lr": -1}),
            trained(optimizer={"lr": "fast"}),
        ],
        [trained(batch_size=1, epochs=1, seed=0, optimizer=ADAM), build(MLP)],
    ),
    "W602": Case(
        "A learning rate of 3 is very large for adam; from 1e-07 to 0.05 is usual.",
        "",
        [trained(optimizer={"type": "adam", "lr": 3.0}), trained(optimizer={"type": "sgd", "lr": 1e-9})],
        # What the network of the first seed needs.
        [trained(optimizer={"type": "sgd", "lr": 3.0}), trained(optimizer={"type": "lion", "lr": 7}), trained(optimizer="adam")],
    ),
    "W603": Case(
        "The split leaves nothing to validate with.",
        "",
        [trained(data={"split": [0.9, 0, 0.1]}), trained(data={"split": [1]})],
        [trained(data={"split": [0.8, 0.1, 0.1]}), trained(data={"split": [0.8, 0.2]}), trained(data={"dataset": "mnist"})],
    ),
    "E604": Case(
        "data.split: expected shares that sum to 1, received 0.8 + 0.3.",
        "",
        [trained(data={"split": [0.8, 0.3]}), trained(data={"split": [70, 20, 10]}), trained(data={"split": [1.1, -0.1]})],
        [trained(data={"split": [0.7, 0.2, 0.1]}), trained(data={"split": "by time"})],
    ),
    "W605": Case(
        "Training stops by val_f1, and measured are loss, accuracy, also as val_….",
        "",
        [trained(metrics=["accuracy"], stop={"monitor": "val_f1", "patience": 3})],
        [
            trained(metrics=["accuracy"], stop={"monitor": "val_accuracy"}),
            trained(stop={"monitor": "val_loss"}),
            trained(stop={"patience": 3}),
        ],
    ),
    "T606": Case(
        "There is no seed, so no run can be repeated.", "", [trained(epochs=3)], [trained(epochs=3, seed=0), build(MLP)]
    ),
    "W607": Case(
        "norm normalises over batches of 2.",
        "",
        [
            trained("x:numeric_input>norm:batch_norm>head:dense>out:regression", batch_size=2),
            trained("x:numeric_input>norm:batch_norm>head:dense>n2:batch_norm>out:regression", batch_size=1),
        ],
        [
            trained("x:numeric_input>norm:batch_norm>head:dense>out:regression", batch_size=16),
            trained("x:numeric_input>norm:layer_norm>head:dense>out:regression", batch_size=1),
        ],
    ),
    "T608": Case(
        "The patience of 10 is not less than the 10 epochs.",
        "",
        [trained(epochs=10, stop={"monitor": "val_loss", "patience": 10})],
        [trained(epochs=10, stop={"monitor": "val_loss", "patience": 3}), trained(epochs=10)],
    ),
    "W609": Case(
        "The model predicts numbers, and accuracy is no metric of that.",
        "",
        [trained(MLP + ">out:regression", metrics=["accuracy"]), trained(metrics=["r2", "accuracy"])],
        [
            trained(metrics=["accuracy"]),
            trained(MLP + ">out:regression", metrics=["mean_absolute_error"]),
            trained(MLP + ">out:regression hid>more:dense>c:classification", metrics=["accuracy"]),
        ],
    ),
    "W610": Case(
        "The loss mean_absolute_error does not fit out, which takes cross_entropy, mean_squared_error.",
        "",
        [trained(loss="mean_absolute_error")],
        [trained(loss="auto"), trained(loss="cross_entropy"), trained()],
    ),
    "E701": Case(
        "the column photo of visits is 32×32×3, and x takes 28×28×1.",
        "x",
        [
            build("x:image_input>flat:flatten>head:dense(units=3)>kind:classification"),
            bound("x:numeric_input(columns=3)>n:batch_norm>head:dense(units=3)>kind:classification", x=["age", "sex"]),
            bound("x:category_input>e:embedding(vocabulary=2)>head:dense(units=3)>kind:classification", x="sex"),
            bound("x:category_input>o:one_hot(classes=2)>head:dense(units=3)>kind:classification", x="sex"),
            bound(
                "x:text_input(vocabulary=100)>e:embedding(vocabulary=100)>g:global_avg_pool>head:dense(units=3)"
                ">kind:classification", x="note",
            ),
            bound("x:sequence_input(length=9)>l:lstm>head:dense(units=3)>kind:classification", x="pulse"),
            bound("x:input(shape=[3,1])>f:flatten>head:dense(units=3)>kind:classification", x="pulse"),
            bound("x:numeric_input(columns=2)>head:dense(units=3)>kind:classification", x="sex"),
        ],
        [
            build("x:image_input(height=32,width=32,channels=3)>s:rescale>f:flatten>h:dense(units=3)>kind:classification"),
            build("x:image_input(height=None,width=None,channels=3)>s:rescale>g:global_avg_pool>d:dense(units=3)"
                  ">kind:classification"),
            bound("x:numeric_input(columns=5)>n:batch_norm>head:dense(units=3)>kind:classification", x=["age", "sex"]),
            bound("x:numeric_input(columns=4)>head:dense(units=3)>kind:classification", x="sex"),
            bound("x:text_input(raw=True,length=99)>t:tokenise>e:embedding>g:global_avg_pool>h:dense(units=3)"
                  ">kind:classification", x="note"),
            bound("x:input(shape=[3072])>n:batch_norm>head:dense(units=3)>kind:classification", x="photo"),
        ],
    ),
    "E702": Case(
        "out tells 10 classes apart, and kind has 3.",
        "out",
        [
            bound(PHOTO + "head:dense(units=10)>out:classification", x="photo"),
            bound(PHOTO + "head:dense(units=10)>out:classification(classes=10)", x="photo"),
            outward(PHOTO + "head:dense(units=2)>out:regression(values=2)", "age"),
            outward("x:image_input(height=32,width=32,channels=3)>s:rescale>head:conv2d(filters=9)>out:segmentation", "area"),
            outward(PHOTO + "head:dense(units=9)>out:multi_label", "tags"),
        ],
        [
            bound(PHOTO + "head:dense(units=3)>out:classification", x="photo"),
            outward(PHOTO + "head:dense(units=1)>out:regression", "age"),
            outward("x:image_input(height=32,width=32,channels=3)>s:rescale>head:conv2d(filters=1)>out:segmentation", "area"),
            outward(PHOTO + "head:dense(units=4)>out:multi_label", "tags"),
        ],
    ),
    "E703": Case(
        "second has no column, and visits@00ff00ff00ff00ff has none left for it.",
        "second",
        [
            build(
                PHOTO + "head:dense(units=3)>joined.in.0:add>kind:classification "
                "second:image_input(height=32,width=32,channels=3)>t:rescale>g:global_avg_pool>h:dense(units=3)",
                "h>joined.in.1", data={"inputs": {"x": "photo"}},
            ),
            build(PHOTO + "head:dense(units=1)>y:regression"),
        ],
        [
            build(PHOTO + "head:dense(units=3)>kind:classification"),
            build("x:image_input(height=32,width=32,channels=3)>s:rescale>c:conv2d(filters=3)>again:reconstruction"),
        ],
        mended=False,
    ),
    "E704": Case(
        "data.inputs names a column 'weight', which is not there.",
        "x",
        [
            bound(PHOTO + "head:dense(units=3)>kind:classification", x="weight"),
            bound(PHOTO + "head:dense(units=3)>kind:classification", y="photo"),
            outward(PHOTO + "head:dense(units=3)>out:classification", 3),
        ],
        [bound(PHOTO + "head:dense(units=3)>kind:classification", x="photo")],
    ),
    "W705": Case(
        "photo: numbers up to 255 enter x as they are.",
        "x",
        [
            build("x:image_input(height=32,width=32,channels=3)>c:conv2d>g:global_avg_pool>h:dense(units=3)>kind:classification"),
            bound("x:numeric_input>a:dense(activation='relu')>h:dense(units=3)>kind:classification", x="age"),
        ],
        [
            build(PHOTO + "head:dense(units=3)>kind:classification"),
            bound("x:numeric_input>n:layer_norm>a:dense>h:dense(units=3)>kind:classification", x="age"),
            bound("x:sequence_input(length=60)>l:lstm>h:dense(units=3)>kind:classification", x="pulse"),
            bound("x:image_input(height=16,width=16)>f:flatten>h:dense(units=3)>kind:classification", x="scan"),
        ],
    ),
    "W706": Case(
        "scan is normalised by the data set (scale), and r divides it by 255 again.",
        "r",
        [
            bound("x:image_input(height=16,width=16)>r:rescale>f:flatten>h:dense(units=3)>kind:classification", x="scan"),
            bound("x:image_input(height=16,width=16)>a:augment>r:rescale(mean=[9.0],std=[99.0])>f:flatten"
                  ">h:dense(units=3)>kind:classification", x="scan"),
        ],
        [
            build(PHOTO + "head:dense(units=3)>kind:classification"),
            bound("x:image_input(height=16,width=16)>r:rescale(mean=[0.1],std=[0.3])>f:flatten>h:dense(units=3)"
                  ">kind:classification", x="scan"),
        ],
    ),
    "W707": Case(
        "A batch of 512 is more than the 300 rows for training.",
        "",
        [trained(PHOTO + "head:dense(units=3)>kind:classification", batch_size=512)],
        [
            trained(PHOTO + "head:dense(units=3)>kind:classification", batch_size=300),
            trained(PHOTO + "head:dense(units=3)>kind:classification", batch_size="all"),
        ],
    ),
    "W708": Case(
        'lost@2 is not in this home: dataset: there is no "lost" in this home.',
        "",
        [build(PHOTO + "head:dense(units=3)>kind:classification", data={"dataset": "lost@2"})],
        [build(PHOTO + "head:dense(units=3)>kind:classification")],
    ),
}  # fmt: skip


def issues(graph: Graph, code: str) -> list[Issue]:
    return [issue for issue in found_in(graph, code) if issue.code == code]


def found_in(graph: Graph, code: str) -> list[Issue]:
    """Return all that checks tell, with the data of the case."""
    report = infer(graph)
    return check(graph, report, View(graph, report, data_for(code, graph)))


def errors(graph: Graph) -> list[tuple[str, str]]:
    return [(issue.node, issue.code) for issue in infer(graph).issues]


def test_every_check_has_a_case_and_a_number_of_its_own() -> None:
    assert list(CASES) == [each.rule.code for each in CHECKS]
    codes = [rule.code for rule in RULES]
    assert len({code[1:] for code in codes}) == len(codes)
    assert all(rule.why and rule.title and rule.code[0] in "EWT" for rule in RULES)


@pytest.mark.parametrize("code", CASES)
def test_a_check_finds_what_it_is_for_and_says_so_with_numbers(code: str) -> None:
    case = CASES[code]
    first = issues(case.found[0], code)[0]
    assert (first.node, first.message) == (case.node, case.said)
    for graph in case.found:
        found = issues(graph, code)
        assert len(found) == 1, [issue.message for issue in found]
        assert found[0].level == {"E": "error", "W": "warning", "T": "tip"}[code[0]]
        assert found[0].node == "" or found[0].node in {node.id for node in graph.nodes}
        assert found[0].fixes or graph is not case.found[0] or not case.mended


@pytest.mark.parametrize("code", CASES)
def test_each_fix_of_a_check_is_applied_and_what_it_found_is_gone(code: str) -> None:
    for graph in CASES[code].found:
        for fix in issues(graph, code)[0].fixes:
            after, inverse = apply(graph, fix.ops)
            assert fix.title
            assert issues(after, code) == [], (fix.title, after)
            assert {*errors(after)} <= {*errors(graph)}, (fix.title, errors(after))
            more = [each for each in found_in(after, code) if each.level != "tip"]
            assert {each.code for each in more} <= {each.code for each in found_in(graph, code)}, (fix.title, more)
            assert apply(after, inverse)[0] == graph


@pytest.mark.parametrize("code", CASES)
def test_a_check_is_quiet_where_it_only_looks_alike(code: str) -> None:
    case = CASES[code]
    assert case.quiet
    for graph in case.quiet:
        assert issues(graph, code) == [], graph


def test_cases_break_nothing_that_they_are_not_about() -> None:
    """A graph that fails before a check could look at it would show nothing."""
    for code, case in CASES.items():
        for graph in (*case.found, *case.quiet):
            told = {error for _, error in errors(graph)}
            assert told <= ({"E100"} if code in ("W408", "E206") else {"E003"} if code == "W202" else set()), (
                code,
                told,
            )


def test_templates_are_free_of_issues() -> None:
    for each in templates():
        assert errors(each.graph) == []
        assert check(each.graph, infer(each.graph)) == []


def test_known_architectures_are_not_told_what_they_know() -> None:
    residual = "x:image_input(channels=3)>stem:conv2d(use_bias=False)>n0:batch_norm>r0:activation"
    block = (
        "r0>c1:conv2d(use_bias=False)>n1:batch_norm>r1:activation>c2:conv2d(use_bias=False)>n2:batch_norm>sum.in.0:add"
    )
    tail = (
        "sum>r2:activation>short:conv2d(kernel_size=1,strides=2,filters=64)>pool:global_avg_pool>head:dense(units=10)"
    )
    resnet = build(f"{residual} {block} {tail}>out:classification(classes=10)", "r0>sum.in.1")
    attention = build(
        "x:text_input>words:embedding>place:positional_embedding>look:multi_head_attention>sum.in.0:add>norm:layer_norm"
        ">wide:dense(units=256,activation='gelu')>back:dense(units=64)>sum2.in.0:add>norm2:layer_norm>pool:global_avg_pool"
        ">head:dense(units=2)>out:classification",
        "place>sum.in.1 norm>sum2.in.1",
    )
    mobile = build(
        "x:image_input(channels=3)>grow:conv2d(kernel_size=1,use_bias=False)>n1:batch_norm>a1:activation(function='relu6')"
        ">deep:depthwise_conv2d(use_bias=False)>n2:batch_norm>a2:activation(function='relu6')"
        ">thin:conv2d(kernel_size=1,filters=16,use_bias=False)>n3:batch_norm>grow2:conv2d(kernel_size=1,use_bias=False)"
        ">n4:batch_norm>a3:activation>pool:global_avg_pool>head:dense(units=5)>out:classification"
    )
    for graph in (resnet, attention, mobile):
        report = infer(graph)
        assert [*report.issues] + [issue for issue in check(graph, report) if issue.code != "T411"] == []


def test_a_graph_of_nothing_and_one_of_nonsense_are_checked_too() -> None:
    assert check(decode({}), infer(decode({}))) == []
    nonsense = build("own:acme/thing@1>a:dense>a:dense", train={"optimizer": [], "metrics": 3, "stop": 1, "loss": {}})
    assert [issue.code for issue in check(nonsense, infer(nonsense))] == ["E201", "T606"]


def test_data_without_rows_for_validation_are_told_whatever_the_document_says() -> None:
    graph = build(PHOTO + "head:dense(units=3)>kind:classification", data={"split": [0.8, 0.1, 0.1]})
    report = infer(graph)
    for rows, said in (
        ({"train": 3}, ["visits@00ff00ff00ff00ff has no rows to validate with. Split it in another way."]),
        ({"train": 3, "validation": 1}, []),
    ):
        found = check(graph, report, View(graph, report, replace(VISITS, rows=rows)))
        assert [each.message for each in found if each.code == "W603"] == said


INPUTS = ("image_input", "numeric_input", "category_input", "text_input", "text_input(raw=True)", "sequence_input",
          "audio_input", "input", "input(shape=[9],dtype='int64')")  # fmt: skip
OUTPUTS = ("classification", "multi_label", "regression", "segmentation", "reconstruction")


def test_any_column_may_be_led_anywhere_and_what_is_offered_mends_it() -> None:
    fixed = 0
    for kind in INPUTS:
        for columns in (*([name] for name in VISITS.columns), ["age", "sex"], ["photo", "note"]):
            graph = bound(f"x:{kind}", x=columns)
            for issue in (each for each in issues(graph, "E701") if each.fixes):
                after, _ = apply(graph, issue.fixes[0].ops)
                assert issues(after, "E701") == [], (kind, columns, issue.fixes[0])
                fixed += 1
    assert fixed > 20
    heads = {"segmentation": "x:image_input(height=32,width=32,channels=3)>h:conv2d(filters=7)"}
    for kind in OUTPUTS:
        for column in VISITS.columns:
            graph = outward(heads.get(kind, "x:input(shape=[5])>h:dense(units=7)") + f">out:{kind}", column)
            for issue in (each for each in issues(graph, "E702") if each.fixes):
                after, _ = apply(graph, issue.fixes[0].ops)
                assert issues(after, "E702") == [], (kind, column, issue.fixes[0])
