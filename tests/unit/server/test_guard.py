from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from gnomon.core.errors import InputError
from gnomon.server.app import create_app
from gnomon.server.guard import COOKIE, session_of
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home

TOKEN = "0123456789abcdef-token"
EVIL = "https://evil.example"
LIVE = "ws://127.0.0.1:7000/api/v1/live"
LINE = {"run": "r", "loss": 1}


@pytest.fixture
def locked(lab: Home, settings: ServerSettings) -> Iterator[TestClient]:
    app = create_app(lab, replace(settings, token=TOKEN))
    with TestClient(app, base_url="http://127.0.0.1:7000", follow_redirects=False) as made:
        yield made


def routes(client: TestClient) -> list[tuple[str, str]]:
    """Return every method and path that the app answers, parameters filled in."""
    found: list[tuple[str, str]] = []
    for route in client.app.routes:
        if isinstance(route, WebSocketRoute) or not getattr(route, "methods", None):
            continue
        path = route.path.replace("{run}", "0123456789").replace("{writer}", "0123456789").replace("{project}", "p")
        path = path.replace("{key:path}", "loss").replace("{path:path}", "some/page")
        found += [(method, path) for method in route.methods]
    return sorted(set(found))


def test_the_walk_sees_the_routes(client: TestClient) -> None:
    found = {path for _, path in routes(client)}
    assert {
        "/api/v1/ingest",
        "/api/v1/runs:query",
        "/api/v1/runs/0123456789",
        "/health",
        "/login",
        "/some/page",
    } <= found
    assert len(found) > 15


def test_every_route_refuses_a_foreign_host(client: TestClient) -> None:
    for method, path in routes(client):
        for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:7000", "[::1", "a:b:c", ""):
            answer = client.request(method, path, headers={"host": host})
            assert answer.status_code in {400, 403}, (method, path, host)


def test_every_state_change_from_another_site_is_refused(client: TestClient) -> None:
    foreign: list[dict[str, str]] = [
        {"origin": EVIL},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:7001"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": EVIL, "sec-fetch-site": "same-origin"},
    ]
    verbs = [(m, p) for m, p in routes(client) if m not in {"GET", "HEAD"}]
    verbs += [(m, p) for _, p in verbs for m in ("PUT", "PATCH", "DELETE", "POST")]
    for method, path in verbs:
        for headers in foreign:
            answer = client.request(method, path, headers={**headers, "user-agent": "curl/8"}, json=LINE)
            assert (answer.status_code, answer.json()["field"]) == (403, "Origin"), (method, path, headers)


def test_our_own_pages_may_change_things(client: TestClient) -> None:
    headers = {"origin": "http://127.0.0.1:7000", "sec-fetch-site": "same-origin"}
    assert client.post("/api/v1/ingest", json=LINE, headers=headers).status_code == 200


def test_every_answer_carries_the_safety_headers(client: TestClient) -> None:
    for method, path in [*routes(client), ("GET", "/assets/main-Ab3dEf9h.js"), ("GET", "/nothing.js")]:
        if path == "/api/v1/events":
            continue  # it does not end; its test is in test_live.py
        headers = client.request(method, path).headers
        policy = headers["content-security-policy"]
        assert "unsafe-inline" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers
        if path.startswith("/api/"):
            assert headers["cache-control"] == "no-store"


def test_every_body_must_have_the_type_its_route_expects(client: TestClient) -> None:
    for method, path in routes(client):
        if method not in {"POST", "PUT", "PATCH"}:
            continue
        for kind in ("text/plain", "text/html;<script>", "multipart/form-data; boundary=x", "application/json5"):
            if kind.startswith("multipart") and path.endswith((":upload", "/image")):
                continue  # a form with a file in it is what these take
            if path.endswith("/media"):
                continue  # any file is what this takes, from a program; its test is in test_media.py
            answer = client.request(method, path, content=b'{"run":"r"}', headers={"content-type": kind})
            assert answer.status_code == 415, (method, path, kind)
            assert "<script>" not in answer.text
            assert "content-type" in answer.json()["hint"]


def test_a_body_that_curl_calls_a_form_is_taken_from_tools_and_never_from_browsers(client: TestClient) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = b'{"run":"r","loss":0.5}'
    assert client.post("/api/v1/ingest", content=body, headers=headers).status_code == 200
    for mark in (
        {"origin": "http://127.0.0.1:7000"},
        {"sec-fetch-site": "none"},
        {"referer": "http://x/"},
        {"cookie": "a=b"},
    ):
        answer = client.post("/api/v1/ingest", content=body, headers=headers | mark)
        assert (answer.status_code, answer.json()["hint"]) == (415, "Add the header: content-type: application/json")
    assert client.post("/api/v1/runs:query", content=b"{}", headers=headers).status_code == 415


def test_a_form_typed_body_needs_a_loopback_host(lab: Home, settings: ServerSettings) -> None:
    app = create_app(lab, replace(settings, host="0.0.0.0", token=TOKEN))
    headers = {"content-type": "application/x-www-form-urlencoded", "authorization": f"Bearer {TOKEN}"}
    with TestClient(app, base_url="http://192.0.2.7:7000") as client:
        assert client.post("/api/v1/ingest", content=b'{"run":"r","loss":1}', headers=headers).status_code == 415


def test_bodies_beyond_the_limit_are_refused_declared_or_streamed(lab: Home, settings: ServerSettings) -> None:
    with TestClient(create_app(lab, replace(settings, max_body_bytes=1000)), base_url="http://127.0.0.1") as client:
        for path in ("/api/v1/ingest", "/api/v1/runs:query", "/api/v1/envelopes"):
            declared = client.post(path, content=b" " * 1001, headers={"content-type": "application/json"})
            streamed = client.post(path, content=iter([b" " * 600] * 3), headers={"content-type": "application/json"})
            lied = client.post(path, content=b"", headers={"content-type": "application/json", "content-length": "-1"})
            assert [declared.status_code, streamed.status_code, lied.status_code] == [413, 413, 400], path
            assert declared.json()["field"] == streamed.json()["field"] == "body"


def test_with_a_token_only_health_login_and_static_files_are_open(locked: TestClient) -> None:
    answers = {
        (method, path): locked.request(method, path, json=LINE if method in {"POST", "PATCH"} else None).status_code
        for method, path in routes(locked)
    }
    open_ones = {key for key, status in answers.items() if status != 401}
    assert {path for _, path in open_ones} == {"/health", "/login"}
    assert locked.get("/").status_code == 200
    assert locked.get("/assets/main-Ab3dEf9h.js").status_code == 200
    assert locked.post("/assets/main-Ab3dEf9h.js").status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Token {TOKEN}",
        "Basic x",
        "Basic eDp4",
    ],
)
def test_a_wrong_token_is_refused(locked: TestClient, header: str) -> None:
    answer = locked.get("/api/v1/projects", headers={"authorization": header})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="gnomon"')
    assert TOKEN not in answer.text


def test_the_token_works_as_bearer_and_as_password(locked: TestClient) -> None:
    assert locked.get("/api/v1/projects", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert locked.get("/api/v1/projects", auth=("anybody", TOKEN)).status_code == 200


def test_logging_in_sets_a_cookie_that_is_not_the_token(locked: TestClient) -> None:
    answer = locked.get("/login", params={"token": TOKEN})
    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert TOKEN not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert locked.get("/api/v1/projects").status_code == 200


@pytest.mark.parametrize(
    "value", ["", "x", "0" * 64, TOKEN, session_of(TOKEN)[:-1], session_of("another-token-of-length")]
)
def test_a_cookie_that_was_not_given_at_login_opens_nothing(locked: TestClient, value: str) -> None:
    for cookie in (f"{COOKIE}={value}", f"a=b; {COOKIE}={value}", f"{COOKIE}={value}; {COOKIE}={value}"):
        assert locked.get("/api/v1/projects", headers={"cookie": cookie}).status_code == 401
        with pytest.raises(WebSocketDisconnect), locked.websocket_connect(LIVE, headers={"cookie": cookie}):
            pass


def test_the_login_form_takes_the_token_and_refuses_others(locked: TestClient) -> None:
    assert locked.get("/login").status_code == 200
    assert locked.post("/login", data={"token": "<script>"}).status_code == 401
    assert "<script>" not in locked.post("/login", data={"token": "<script>"}).text
    assert locked.post("/login", data={"token": TOKEN}).status_code == 303


def test_a_page_without_a_token_leads_to_the_login(locked: TestClient) -> None:
    answer = locked.get("/p/digits", headers={"accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert 'action="/login"' in answer.text


@pytest.mark.parametrize(
    "headers", [{"host": "evil.example"}, {"origin": EVIL}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
def test_websockets_obey_the_same_rules(client: TestClient, headers: dict[str, str]) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(LIVE, headers=headers):
        pass


def test_a_websocket_of_a_foreign_page_is_refused_even_with_our_cookie(locked: TestClient) -> None:
    locked.get("/login", params={"token": TOKEN})
    with locked.websocket_connect(LIVE) as socket:
        assert socket.receive_json()["type"] == "hello"
    with pytest.raises(WebSocketDisconnect), locked.websocket_connect(LIVE, headers={"origin": EVIL}):
        pass


def test_a_websocket_needs_the_token(locked: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), locked.websocket_connect(LIVE):
        pass


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/%252e%252e/etc/passwd",
        "/..%5c..%5cetc/passwd",
        "//etc/passwd",
        "/file:///etc/passwd",
        "/assets/../../../etc/passwd",
        "/%23/../../etc/passwd",
        "/x;/../../etc/passwd",
        "/C:/windows/win.ini",
        "/%5c%5chost%5cx",
        "/.%00/index.html",
        "/assets/%2e%2e/index.html",
        "/.git/config",
        "/api/v1/journals/..%2f..%2fetc/passwd0",
        "/api/v1/journals/0123456789/..%2f..%2fetc%2fpasswd",
    ],
)
def test_no_spelling_of_a_path_leaves_the_static_folder(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert "root:" not in answer.text
    assert answer.status_code in {400, 404} or (answer.status_code == 200 and "<title>gnomon</title>" in answer.text)


def test_a_path_longer_than_any_file_name_is_a_page_like_others(client: TestClient, locked: TestClient) -> None:
    path = "/" + "a" * 5000
    assert client.get(path).status_code == 200
    assert client.get(f"{path}.js").status_code == 404
    assert locked.get(path).status_code == 401


def test_symbolic_links_in_the_static_folder_are_not_followed(client: TestClient, settings: ServerSettings) -> None:
    (settings.static / "link.txt").symlink_to("/etc/passwd")
    (settings.static / "etc").symlink_to("/etc")
    assert client.get("/link.txt").status_code == 404
    assert "root:" not in client.get("/etc/passwd").text


def test_user_text_is_never_in_a_header(client: TestClient) -> None:
    name = "a\r\nSet-Cookie: x=1"
    answer = client.post("/api/v1/ingest", json={"run": name, "loss": 1})
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers
    for hostile in ("<svg/onload=alert(1)>", '"><script>', "javascript:", "{{7*7}}", "%s%n"):
        made = client.post("/api/v1/ingest", json={"run": hostile, "project": hostile, hostile: 1, "tags": [hostile]})
        got = client.get(f"/api/v1/runs/{made.json()['runs'][0]}")
        assert (got.json()["name"], got.headers["content-type"]) == (hostile, "application/json")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "lab.example", "::"])
def test_a_reachable_address_needs_a_token(lab: Home, settings: ServerSettings, host: str) -> None:
    with pytest.raises(InputError, match="token"):
        create_app(lab, replace(settings, host=host))
    with pytest.raises(InputError, match="16"):
        create_app(lab, replace(settings, host=host, token="short"))
    create_app(lab, replace(settings, host=host, token=TOKEN))


def test_methods_that_a_route_does_not_take_are_problems(client: TestClient) -> None:
    answer = client.request("TRACE", "/api/v1/projects")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


def test_every_route_is_walked_or_a_websocket(client: TestClient) -> None:
    plain = [r for r in client.app.routes if isinstance(r, Route) and not r.methods]
    assert plain == []
