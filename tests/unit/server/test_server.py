import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gnomon.core.errors import InputError
from gnomon.server.body import inflate
from gnomon.server.settings import ServerSettings, host_name

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("settings", "host", "allowed"),
    [
        (ServerSettings(), "127.0.0.1:7117", True),
        (ServerSettings(), "127.8.9.1", True),
        (ServerSettings(), "localhost:1", True),
        (ServerSettings(), "LOCALHOST", True),
        (ServerSettings(), "[::1]:7117", True),
        (ServerSettings(), "192.0.2.1", False),
        (ServerSettings(), "lab", False),
        (ServerSettings(), "localhost.evil.example", False),
        (ServerSettings(names=("lab.example",)), "lab.example:443", True),
        (ServerSettings(host="lab", token="x" * 16), "lab:7117", True),
        (ServerSettings(host="0.0.0.0", token="x" * 16), "192.0.2.1:80", True),
        (ServerSettings(host="0.0.0.0", token="x" * 16), "evil.example", False),
    ],
)
def test_names_are_trusted_when_they_were_named_and_addresses_when_we_are_reachable(
    settings: ServerSettings, host: str, allowed: bool
) -> None:
    assert settings.allows(host) is allowed


@pytest.mark.parametrize("host", ["", ":80", "[::1", "[::1]x", "a:b", "a:80x", "[::1]:x"])
def test_malformed_hosts_have_no_name(host: str) -> None:
    assert host_name(host) is None


def test_the_page_is_served_for_deep_links_with_its_base(client: TestClient) -> None:
    for path in ("/", "/index.html", "/p/digits", "/p/digits/r/01m7xnsk37men91h786d"):
        answer = client.get(path)
        assert '<head><base href="/">' in answer.text, path
        assert (answer.headers["cache-control"], answer.headers["content-type"]) == (
            "no-cache",
            "text/html; charset=utf-8",
        )
    assert client.head("/").status_code == 200


def test_hashed_files_are_kept_for_ever_and_others_asked_for_again(client: TestClient) -> None:
    hashed = client.get("/assets/main-Ab3dEf9h.js")
    assert (hashed.headers["cache-control"], hashed.headers["content-type"]) == (
        "public, max-age=31536000, immutable",
        "text/javascript; charset=utf-8",
    )
    icon = client.get("/favicon.svg")
    assert (icon.headers["cache-control"], icon.headers["content-type"]) == ("no-cache", "image/svg+xml")


def test_missing_files_and_routes_are_problems_and_not_the_page(client: TestClient) -> None:
    for path in ("/assets/gone-12345678.js", "/api/v1/nothing", "/api", "/robots.txt", "/assets"):
        answer = client.get(path)
        if path == "/assets":
            continue
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


def test_without_the_built_ui_a_page_says_what_to_do(client: TestClient, settings: ServerSettings) -> None:
    (settings.static / "index.html").unlink()
    answer = client.get("/")
    assert answer.status_code == 503
    assert "make web" in answer.text


def test_inflating_has_a_limit_of_its_own() -> None:
    import gzip

    assert inflate(gzip.compress(b"x" * 1000), "gzip") == b"x" * 1000
    assert inflate(b"x", "") == b"x"
    with pytest.raises(InputError):
        inflate(b"x", "deflate")


def refs(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(refs, node.values()))
    return set().union(*map(refs, node)) if isinstance(node, list) else set()


def test_the_openapi_document_describes_every_route_with_its_answer(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    operations = {(path, method): op for path, item in document["paths"].items() for method, op in item.items()}
    assert document["openapi"].startswith("3.1")
    assert ("/api/v1/ingest", "post") in operations
    assert ("/api/v1/journals/{run}/{writer}", "post") in operations
    assert ("/api/v1/runs/{run}/series/{key}", "get") in operations
    for key, operation in operations.items():
        good = operation["responses"].get("200", operation["responses"].get("204"))
        schemas = [content["schema"] for content in good.get("content", {}).values()]
        assert all(schemas), key
        assert "application/problem+json" in operation["responses"]["default"]["content"], key
        if key[1] in {"post", "patch"}:
            assert operation["requestBody"]["content"], key
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert refs(document) <= known
    assert {"LiveFrame", "LiveWatch", "Problem", "RunRow"} <= set(document["components"]["schemas"])


def test_answers_are_what_the_document_says(client: TestClient) -> None:
    run = client.post("/api/v1/ingest", json={"run": "r", "step": 0, "loss": 1, "note": "x"}).json()["runs"][0]
    document = client.get("/openapi.json").json()
    for path, url in {
        "/api/v1/projects": "/api/v1/projects",
        "/api/v1/runs/{run}": f"/api/v1/runs/{run}",
        "/api/v1/runs/{run}/series": f"/api/v1/runs/{run}/series",
        "/api/v1/runs/{run}/series/{key}": f"/api/v1/runs/{run}/series/loss",
        "/api/v1/doctor": "/api/v1/doctor",
        "/health": "/health",
        "/version": "/version",
    }.items():
        ref = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        schema = document["components"]["schemas"][ref.rpartition("/")[2]]
        assert set(client.get(url).json()) == set(schema["properties"]), path


@pytest.mark.slow
def test_the_committed_document_is_that_of_the_server() -> None:
    subprocess.run([sys.executable, "scripts/openapi.py", "--check"], cwd=ROOT, check=True)


@pytest.mark.slow
def test_the_server_loads_no_framework_and_no_pickle() -> None:
    code = (
        "import sys, json; import gnomon.server.run, gnomon.server.app; "
        "print(json.dumps([m for m in ('torch', 'tensorflow', 'keras', 'jax', 'pandas', 'polars', 'matplotlib', 'rich', "
        "'gnomon.models.mlp', 'gnomon.sdk') if m in sys.modules]))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=ROOT / "src")
    assert json.loads(found.stdout) == []


def test_no_server_module_unpickles_or_evaluates() -> None:
    for path in (ROOT / "src/gnomon/server").rglob("*.py"):
        text = path.read_text().replace("allow_pickle=False", "")
        for pattern in ("pickle", r"\beval\(", r"\bexec\(", "shell=True"):
            assert re.search(pattern, text) is None, (path.name, pattern)
