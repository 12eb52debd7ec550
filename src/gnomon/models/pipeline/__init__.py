"""A training in five stages, each of which writes down what it did: register data, build, fit, evaluate, configs."""

from gnomon.models.pipeline.pipeline import Pipeline

__all__ = ["Pipeline"]
