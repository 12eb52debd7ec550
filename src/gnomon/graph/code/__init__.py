"""The same model as code: a graph is written as a file, a file is read as a graph, and an edit changes what it must."""

from gnomon.graph.code.parse import Parsed, parse
from gnomon.graph.code.rewrite import rewrite
from gnomon.graph.code.write import Written, write

__all__ = ["Parsed", "Written", "parse", "rewrite", "write"]
