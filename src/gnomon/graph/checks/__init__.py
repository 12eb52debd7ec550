"""What is checked of a graph at every edit, with no data and no run."""

from gnomon.graph.checks.catalogue import CHECKS, RULES, check
from gnomon.graph.checks.rule import Check, Rule

__all__ = ["CHECKS", "RULES", "Check", "Rule", "check"]
