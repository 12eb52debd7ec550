"""Dense, normalisations and what is applied to each number, against Keras and PyTorch."""

import random
from dataclasses import replace

from gnomon.graph import suite_draw
from gnomon.graph.components.activation import Activation
from gnomon.graph.components.batch_norm import BatchNorm
from gnomon.graph.components.dense import Dense
from gnomon.graph.components.dropout import Dropout
from gnomon.graph.components.flatten import Flatten
from gnomon.graph.components.sample_norm import GroupNorm, LayerNorm
from gnomon.graph.spec import Spec
from gnomon.graph.suite import ComponentSuite


class TestDense(ComponentSuite):
    component = Dense


class TestActivation(ComponentSuite):
    component = Activation

    def plainly(self, node: Activation) -> Activation:
        return node if node.function == "leaky_relu" else replace(node, slope=0.2)


class TestFlatten(ComponentSuite):
    component = Flatten


class TestDropout(ComponentSuite):
    component = Dropout


class TestBatchNorm(ComponentSuite):
    component = BatchNorm


class TestLayerNorm(ComponentSuite):
    component = LayerNorm


class TestGroupNorm(ComponentSuite):
    component = GroupNorm

    def inputs(self, node: GroupNorm, rng: random.Random) -> list[Spec]:
        places = suite_draw.spec_shape(rng.randint(1, 3), rng)
        return [Spec((*places, node.groups * rng.randint(1, 3)))]
