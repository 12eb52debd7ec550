"""gnomon in the peer harness: written through the SDK, read by opening the home (no server)."""

import os

from base import Adapter, free_port

PROJECT = "bench"


class Peer(Adapter):
    """Embedded: `finish` leaves a complete journal; the first reader folds it into the store."""

    name = "gnomon"
    venv = "gnomon"
    import_name = "gnomon"
    durability = "each call is in the kernel when it returns (journal); the agent syncs every second; the store commits with FULL sync"
    scale: dict = {}

    def __init__(self, root):
        super().__init__(root)
        os.environ["GNOMON_HOME"] = str(self.root)
        os.environ.pop("GNOMON_URL", None)
        self.lab = None

    def setup(self):
        self.root.mkdir(parents=True, exist_ok=True)

    def open_run(self, name, params=None):
        import gnomon  # the runner reads this file where gnomon is not installed

        return gnomon.init(project=PROJECT, name=name, config=params or {})

    def log_scalar(self, run, key, value, step):
        run.log({key: value}, step=step)

    def log_scalars(self, run, values, step):
        run.log(values, step=step)

    def log_image(self, run, key, array, step):
        import gnomon

        run.log({key: gnomon.Image(array)}, step=step)

    def log_histogram(self, run, key, counts, edges, step):
        import gnomon

        run.log({key: gnomon.Histogram(counts=counts, edges=edges)}, step=step)

    def finish(self, run):
        run.finish()

    def open_reader(self):
        import gnomon

        self.lab = gnomon.connect(home=self.root)

    def list_run_ids(self):
        return [row["id"] for row in self.lab.runs(PROJECT, order="created", limit=100_000).to_dicts()]

    def read_series(self, run_id, key):
        points = self.lab.run(run_id).series(key).numpy()
        return points["step"], points["value"]

    def read_downsampled(self, run_id, key, n):
        points = self.lab.run(run_id).series(key).envelope(px=n // 2)
        return points["step"], points["value"]

    def runs_table(self, metric, param, gt, limit):
        column = f"metric.{metric}.last"
        rows = self.lab.runs(
            PROJECT, where=f"config.{param} > {gt}", order=f"-{column}", columns=[column], limit=limit
        ).to_dicts()
        return [(row["name"], row[column]) for row in rows]

    def start_server(self):
        self.port = free_port()
        command = [self.bin("gnomon"), "up", "--home", self.root, "--port", self.port, "--no-browser"]
        self.server = self.popen(command)
        self.url = f"http://127.0.0.1:{self.port}/health"
        return self.url

    def close(self):
        if self.lab is not None:
            self.lab.close()
            self.lab = None
        super().close()
