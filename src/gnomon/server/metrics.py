"""What the server counts about itself, in Prometheus' text format."""

from dataclasses import dataclass

from gnomon.server.live import Hub
from gnomon.store.home import Home


@dataclass(slots=True)
class Metrics:
    """Count what passes the server since it started; written from the event loop only."""

    ingest_lines: int = 0
    ingest_refused: int = 0
    journal_bytes: int = 0
    blob_bytes: int = 0
    pictures: int = 0


def render(metrics: Metrics, home: Home, hub: Hub) -> str:
    """Return all counters and gauges, one per line."""
    tally = home.committer.tally
    rows = (
        ("gnomon_points_total", "counter", "Points committed.", tally.points),
        ("gnomon_batches_total", "counter", "Batches committed.", tally.batches),
        ("gnomon_commits_total", "counter", "Durable commits.", tally.commits),
        ("gnomon_commit_seconds_total", "counter", "Seconds spent in commits.", round(tally.commit_s, 6)),
        ("gnomon_commit_failures_total", "counter", "Commits that failed.", tally.failures),
        ("gnomon_batches_refused_total", "counter", "Batches refused because too much waited.", tally.refused),
        ("gnomon_queue_bytes", "gauge", "Bytes that wait for a commit.", home.committer.queued_bytes),
        ("gnomon_ring_bytes", "gauge", "Bytes of events kept for browsers.", home.bus.size_bytes),
        ("gnomon_runs", "gauge", "Runs in the store.", len(home.catalog)),
        ("gnomon_ingest_lines_total", "counter", "Lines accepted by /api/v1/ingest.", metrics.ingest_lines),
        ("gnomon_ingest_refused_total", "counter", "Lines refused by /api/v1/ingest.", metrics.ingest_refused),
        ("gnomon_journal_bytes_total", "counter", "Bytes of journals accepted.", metrics.journal_bytes),
        ("gnomon_blob_bytes_total", "counter", "Bytes of blobs accepted.", metrics.blob_bytes),
        ("gnomon_pictures_total", "counter", "Pictures drawn.", metrics.pictures),
        ("gnomon_sockets", "gauge", "Open live connections.", len(hub)),
        ("gnomon_frames_total", "counter", "Live frames sent.", hub.frames),
        ("gnomon_resets_total", "counter", "Browsers told to read everything again.", hub.resets),
    )
    return "".join(f"# HELP {name} {text}\n# TYPE {name} {kind}\n{name} {value}\n" for name, kind, text, value in rows)
