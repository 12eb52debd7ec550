"""gnomon in the peer harness, as people use it: a server follows the journals while training logs; reads go over HTTP."""

import importlib
import json

from base import http, wait_http

Base = importlib.import_module("adapters.gnomon_").Peer
PROJECT = "bench"
PAGE = 1_000_000


class Peer(Base):
    """Written through the SDK with the server up; read with plain requests to the server's JSON API."""

    name = "gnomon_http"
    durability = Base.durability + "; finish() here waits until the server has stored everything"

    def setup(self):
        super().setup()
        self._serve()

    def finish(self, run):
        run.finish()
        self._wait_until_stored()

    def open_reader(self):
        self._serve()

    def _serve(self):
        self.start_server()
        wait_http(self.url, proc=self.server)
        self.base = self.url.removesuffix("health")

    def _wait_until_stored(self):
        while json.loads(http(self.base + "api/v1/doctor")[1])["facts"]["journals"]:
            pass

    def _query(self, **body):
        return json.loads(http(self.base + "api/v1/runs:query", {"project": PROJECT, **body})[1])

    def list_run_ids(self):
        return [run["id"] for run in self._query(order=["created"], limit=1000)["runs"]]

    def read_series(self, run_id, key):
        steps, values, more = [], [], True
        while more:
            first = steps[-1] + 1 if steps else 0
            url = f"{self.base}api/v1/runs/{run_id}/series/{key}?first={first}&limit={PAGE}"
            answer = json.loads(http(url)[1])
            steps += answer["step"]
            values += answer["value"]
            more = answer["more"]
        return steps, values

    def read_downsampled(self, run_id, key, n):
        body = {"series": [{"run": run_id, "key": key}], "px": n // 2}
        series = json.loads(http(self.base + "api/v1/envelopes", body)[1])["series"][0]["columns"]
        points = sorted(zip([*series["low_x"], *series["high_x"]], [*series["low"], *series["high"]], strict=True))
        return [p[0] for p in points], [p[1] for p in points]

    def runs_table(self, metric, param, gt, limit):
        column = f"metric.{metric}.last"
        page = self._query(where=f"config.{param} > {gt}", order=["-" + column], columns=[column], limit=limit)
        return [(run["name"], value) for run, value in zip(page["runs"], page["columns"][column], strict=True)]
