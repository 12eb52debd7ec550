"""The SDK without its agent, and without runs that outlive a test."""

from collections.abc import Iterator

import pytest

from gnomon.sdk import current


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start no agent, and finish what a test left open."""
    monkeypatch.setenv("GNOMON_AGENT", "off")
    for name in (
        "TORCHELASTIC_RUN_ID",
        "SLURM_JOB_ID",
        "PMIX_NAMESPACE",
        "OMPI_MCA_ess_base_jobid",
        "PBS_JOBID",
        "JOB_ID",
    ):
        monkeypatch.delenv(name, raising=False)
    yield
    while (run := current.current()) is not None:
        run.finish()
