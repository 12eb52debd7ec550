"""Inputs and outputs against Keras and PyTorch."""

from gnomon.graph.components.inputs import (
    AudioInput,
    CategoryInput,
    ImageInput,
    Input,
    NumericInput,
    SequenceInput,
    TextInput,
)
from gnomon.graph.components.outputs import Classification, MultiLabel, Reconstruction, Regression, Segmentation
from gnomon.graph.suite import ComponentSuite


class TestInput(ComponentSuite):
    component = Input


class TestImageInput(ComponentSuite):
    component = ImageInput


class TestNumericInput(ComponentSuite):
    component = NumericInput


class TestCategoryInput(ComponentSuite):
    component = CategoryInput


class TestTextInput(ComponentSuite):
    component = TextInput


class TestSequenceInput(ComponentSuite):
    component = SequenceInput


class TestAudioInput(ComponentSuite):
    component = AudioInput


class TestClassification(ComponentSuite):
    component = Classification


class TestMultiLabel(ComponentSuite):
    component = MultiLabel


class TestRegression(ComponentSuite):
    component = Regression


class TestSegmentation(ComponentSuite):
    component = Segmentation


class TestReconstruction(ComponentSuite):
    component = Reconstruction
