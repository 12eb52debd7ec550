"""What was captured of a program is there for those who ask for it, and not among the records of a run."""

from typing import Any

from starlette.testclient import TestClient

from gnomon.core.batch import Batch, Object
from gnomon.core.journal import Open
from gnomon.store.home import Home

RUN = "01m7xnqebh0vszd9a7zb"


def log(lab: Home, *keys: str) -> None:
    opened = Open(run=RUN, project="p", writer="w" * 12, name="r", us=1)
    items = tuple(Object(key, "text", 0, 1, {}, b"x") for key in keys)
    lab.submit([Batch(RUN, "", 0, 0, items, opened=opened)])[0].result()


def keys(client: TestClient, query: str = "") -> set[str]:
    answer: Any = client.get(f"/api/v1/runs/{RUN}/records{query}").json()
    return set(answer["keys"])


def test_captured_keys_are_listed_only_when_they_are_asked_for(client: TestClient, lab: Home) -> None:
    log(lab, "note", "gnomon/code/diff", "gnomon/environment", ".scripts/x", "user.gnomon/note", "gnomonic")
    assert keys(client) == {"note", "user.gnomon/note", "gnomonic"}
    assert keys(client, "?captured=true") == {"gnomon/code/diff", "gnomon/environment"}


def test_captured_records_are_read_like_any_other(client: TestClient, lab: Home) -> None:
    log(lab, "gnomon/code/diff", "note")
    found = client.get(f"/api/v1/runs/{RUN}/records?key=gnomon/code/diff").json()["records"]
    assert [(row["key"], row["value"]) for row in found] == [("gnomon/code/diff", "x")]
    missing = client.get(f"/api/v1/runs/{RUN}/records?key=nothing")
    assert (missing.status_code, "which has 1 keys" in missing.json()["detail"]) == (404, True)
