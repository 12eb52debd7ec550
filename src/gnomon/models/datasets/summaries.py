"""Summaries of the data sets that graphs name, kept for the next edit."""

from collections import OrderedDict
from typing import Final

from gnomon.core.errors import InputError, NotFoundError
from gnomon.graph.columns import DataSummary
from gnomon.graph.document import Graph
from gnomon.models.datasets.registry import read_ref
from gnomon.models.datasets.summary import summary_kept
from gnomon.models.datasets.versions import Versions

_KEPT: Final = 256


class Summaries:
    """Look up what graphs name. Safe to call from several threads.

    Args:
        versions: The data sets of the home.
    """

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._kept: OrderedDict[str, DataSummary] = OrderedDict()

    def of(self, graph: Graph) -> DataSummary | str | None:
        """Return what is known of the data set of a graph; why nothing is, as a text; `None` when it names none."""
        named = graph.data.get("dataset")
        if named is None:
            return None
        if not isinstance(named, str):
            return "a data set is named by a text such as digits@2."
        try:
            return self.get(named)
        except (NotFoundError, InputError) as error:
            return str(error)

    def get(self, ref: str) -> DataSummary:
        """Return the summary of `name`, `name@3` or `name@<digest>`.

        Raises:
            NotFoundError: There is no such version.
            InputError: It names nothing.
        """
        found = self._kept.get(ref)
        if found is None:
            wanted = read_ref(ref)
            version = self._versions.get(wanted)
            found = summary_kept(version.spec, version.facts)
            if wanted.digest:  # what a name or a number stands for may be another version by now
                self._kept[ref] = found
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return found
