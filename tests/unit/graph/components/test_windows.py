"""Convolutions and poolings against Keras and PyTorch."""

from collections.abc import Sequence
from dataclasses import replace

from gnomon.graph.component import Component
from gnomon.graph.components.conv import Conv1D, Conv2D, Conv3D
from gnomon.graph.components.conv2d_transpose import Conv2DTranspose
from gnomon.graph.components.depthwise import DepthwiseConv2D, SeparableConv2D
from gnomon.graph.components.global_pool import GlobalAvgPool, GlobalMaxPool
from gnomon.graph.components.pool import AvgPool2D, MaxPool1D, MaxPool2D
from gnomon.graph.components.upsample2d import UpSample2D
from gnomon.graph.components.zero_pad2d import ZeroPad2D
from gnomon.graph.padding import is_same
from gnomon.graph.spec import Spec
from gnomon.graph.suite import ComponentSuite
from gnomon.graph.windows import edges


class WindowSuite(ComponentSuite):
    """Where windows neither stride nor have an even size, half a window on both sides is what `same` is."""

    def plainly(self, node: Component) -> Component:
        kernel, strides, dilation = (*node._sizes(), None)[:3]
        return replace(node, padding="same") if node.padding == "half" and is_same(kernel, strides, dilation) else node


class TestConv1D(WindowSuite):
    component = Conv1D
    axes = 1


class TestConv2D(WindowSuite):
    component = Conv2D


class TestConv3D(WindowSuite):
    component = Conv3D
    axes = 3


class TestDepthwiseConv2D(WindowSuite):
    component = DepthwiseConv2D
    # In PyTorch it is one with as many groups as channels.
    twins = frozenset({"core/conv2d@1"})


class TestSeparableConv2D(WindowSuite):
    component = SeparableConv2D


class TestConv2DTranspose(ComponentSuite):
    component = Conv2DTranspose

    def plainly(self, node: Conv2DTranspose) -> Conv2DTranspose:
        even = all(each.front <= each.behind for each in node._axes())
        return replace(node, padding="same") if node.padding == "half" and even else node


class TestMaxPool1D(WindowSuite):
    component = MaxPool1D
    axes = 1


class TestMaxPool2D(WindowSuite):
    component = MaxPool2D


class TestAvgPool2D(WindowSuite):
    component = AvgPool2D

    def plainly(self, node: AvgPool2D) -> AvgPool2D:
        return replace(node, padding="same") if node.padding == "half" and node._is_same() else node

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
