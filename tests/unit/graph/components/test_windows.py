"""Convolutions and poolings against Keras and PyTorch."""

from collections.abc import Sequence

from gnomon.graph.components.conv import Conv1D, Conv2D, Conv3D
from gnomon.graph.components.conv2d_transpose import Conv2DTranspose
from gnomon.graph.components.depthwise import DepthwiseConv2D, SeparableConv2D
from gnomon.graph.components.global_pool import GlobalAvgPool, GlobalMaxPool
from gnomon.graph.components.pool import AvgPool2D, MaxPool1D, MaxPool2D
from gnomon.graph.components.upsample2d import UpSample2D
from gnomon.graph.components.zero_pad2d import ZeroPad2D
from gnomon.graph.spec import Spec
from gnomon.graph.suite import ComponentSuite
from gnomon.graph.windows import edges


class TestConv1D(ComponentSuite):
    component = Conv1D
    axes = 1


class TestConv2D(ComponentSuite):
    component = Conv2D


class TestConv3D(ComponentSuite):
    component = Conv3D
    axes = 3


class TestDepthwiseConv2D(ComponentSuite):
    component = DepthwiseConv2D
    # In PyTorch it is one with as many groups as channels.
    twins = frozenset({"core/conv2d@1"})


class TestSeparableConv2D(ComponentSuite):
    component = SeparableConv2D


class TestConv2DTranspose(ComponentSuite):
    component = Conv2DTranspose


class TestMaxPool1D(ComponentSuite):
    component = MaxPool1D
    axes = 1


class TestMaxPool2D(ComponentSuite):
    component = MaxPool2D


class TestAvgPool2D(ComponentSuite):
    component = AvgPool2D

    def settled(self, node: AvgPool2D, inputs: Sequence[Spec]) -> bool:
        # On the torch backend Keras repeats the edge where it fills up unevenly, on others it counts only what is there.
        sizes, strides = node._sizes()
        around = edges(inputs[0].shape[:-1], sizes, strides) if node.padding == "same" else ((0, 0),)
        return around is not None and all(before == behind for before, behind in around)


class TestGlobalAvgPool(ComponentSuite):
    component = GlobalAvgPool


class TestGlobalMaxPool(ComponentSuite):
    component = GlobalMaxPool


class TestUpSample2D(ComponentSuite):
    component = UpSample2D


class TestZeroPad2D(ComponentSuite):
    component = ZeroPad2D
