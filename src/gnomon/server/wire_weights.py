"""What travels of the weights that a graph's previews can take: those that its trainings kept."""

from gnomon.server.wire import Wire


class KeptWeights(Wire):
    """A run of a graph that kept weights.

    Args:
        run: Its id.
        name: Its name.
        rev: The revision that it trained.
        state: Of the job: `running`, `finished`, ….
        since: Since when it is so, seconds since 1970.
        steps: At which checkpoints lie, the newest last.
    """

    run: str
    name: str
    rev: int
    state: str
    since: float
    steps: list[int]


class GraphWeights(Wire):
    """Whose weights the previews of a graph can take, the newest first."""

    runs: list[KeptWeights]
