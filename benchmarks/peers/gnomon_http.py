"""gnomon in the peer harness, as people use it: a server follows the journals while training logs; reads go over HTTP."""

import importlib
import json

from base import http, wait_http

Base = importlib.import_module("adapters.gnomon_").Peer
PROJECT = "bench"


class Peer(Base):
    """Writing as `gnomon_`; reading with plain requests to the server's JSON API."""

    name = "gnomon_http"
    populate_with = "gnomon_"

    def open_reader(self):
        self.start_server()
        wait_http(self.url, proc=self.server)
        self.base = self.url.removesuffix("health")

    def _query(self, **body):
        return json.loads(http(self.base + "api/v1/runs:query", {"project": PROJECT, **body})[1])

    def list_run_ids(self):
        return [run["id"] for run in self._query(order=["created"], limit=1000)["runs"]]

    def read_series(self, run_id, key):
        answer = json.loads(http(f"{self.base}api/v1/runs/{run_id}/series/{key}?limit=10000000")[1])
        return answer["step"], answer["value"]

    def read_downsampled(self, run_id, key, n):
        body = {"series": [{"run": run_id, "key": key}], "px": n // 2}
        series = json.loads(http(self.base + "api/v1/envelopes", body)[1])["series"][0]["columns"]
        points = sorted(zip([*series["low_x"], *series["high_x"]], [*series["low"], *series["high"]], strict=True))
        return [p[0] for p in points], [p[1] for p in points]

    def runs_table(self, metric, param, gt, limit):
        column = f"metric.{metric}.last"
        page = self._query(where=f"config.{param} > {gt}", order=["-" + column], columns=[column], limit=limit)
        return [(run["name"], value) for run, value in zip(page["runs"], page["columns"][column], strict=True)]
