from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from gnomon.server.app import create_app
from gnomon.server.attempts import MOST, Attempts
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home

TOKEN = "0123456789abcdef-token"
RIGHT = {"authorization": f"Bearer {TOKEN}"}
HERE = "http://127.0.0.1:7000"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def sender(address: str | None) -> dict[str, Any]:
    return {"type": "http", "client": address and (address, 4000)}


def guess(attempts: Attempts, address: str | None, count: int) -> None:
    for number in range(count):
        attempts.failed(sender(address), f"guess {number}")


def test_twenty_different_wrong_tokens_use_up_the_minute_of_an_address() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    guess(attempts, "192.0.2.1", MOST - 1)
    assert attempts.wait_s(sender("192.0.2.1")) == 0
    clock.now += 20.5
    attempts.failed(sender("192.0.2.1"), "the last")
    assert [attempts.wait_s(sender(a)) for a in ("192.0.2.1", "192.0.2.2", None)] == [40, 0, 0]
    clock.now += 39.5
    assert attempts.wait_s(sender("192.0.2.1")) == 0
    attempts.failed(sender("192.0.2.1"), "the first of a new minute")
    assert attempts.wait_s(sender("192.0.2.1")) == 0


def test_one_outdated_token_sent_for_ever_is_no_guessing() -> None:
    attempts = Attempts(Clock())
    for _ in range(1000):
        attempts.failed(sender("192.0.2.1"), "last year's token")
    assert attempts.wait_s(sender("192.0.2.1")) == 0


def test_the_addresses_of_one_ipv6_network_are_one_guesser() -> None:
    attempts = Attempts(Clock())
    for number in range(MOST):
        attempts.failed(sender(f"2001:db8::{number:x}"), f"guess {number}")
    found = [attempts.wait_s(sender(a)) for a in ("2001:db8::ffff", "2001:db8:0:1::1", "::ffff:192.0.2.1")]
    assert found == [60, 0, 0]


def test_memory_is_bounded_and_the_latest_guessers_stay_refused() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for number in range(5000):
        attempts.failed(sender(f"10.0.{number // 256}.{number % 256}"), "guess")
    assert len(attempts) == 1024
    guess(attempts, "192.0.2.1", MOST)
    assert (len(attempts), attempts.wait_s(sender("192.0.2.1"))) == (1024, 60)
    clock.now += 60
    attempts.failed(sender("192.0.2.9"), "guess")
    assert len(attempts) == 1


@pytest.fixture
def make(lab: Home, settings: ServerSettings) -> Callable[[str], TestClient]:
    app = create_app(lab, replace(settings, token=TOKEN))
    return lambda address: TestClient(app, base_url=HERE, client=(address, 4000), follow_redirects=False)


def wrong(client: TestClient, number: int) -> list[int]:
    header = {"authorization": f"Bearer wrong-{number}"}
    return [
        client.get("/api/v1/projects", headers=header).status_code,
        client.get("/login", params={"token": f"linked-{number}"}).status_code,
        client.post("/login", data={"token": f"typed-{number}"}).status_code,
        client.get("/api/v1/projects", auth=("anybody", f"password-{number}")).status_code,
    ]


def test_a_guesser_is_told_to_wait_on_every_door_and_others_are_served(make: Callable[[str], TestClient]) -> None:
    guesser, other = make("192.0.2.1"), make("192.0.2.2")
    assert [status for number in range(MOST // 4) for status in wrong(guesser, number)] == [401] * MOST
    assert wrong(guesser, 99) == [429] * 4
    answer = guesser.get("/api/v1/projects", headers=RIGHT)
    assert (answer.status_code, answer.json()["field"]) == (429, "Authorization")
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert TOKEN not in answer.text
    assert guesser.get("/login", params={"token": TOKEN}).status_code == 429
    assert guesser.get("/health").status_code == 200
    assert other.get("/api/v1/projects", headers=RIGHT).status_code == 200


def test_a_browser_that_has_logged_in_is_not_shut_out_by_a_guesser_at_its_address(
    make: Callable[[str], TestClient],
) -> None:
    browser, guesser = make("192.0.2.1"), make("192.0.2.1")
    assert browser.get("/login", params={"token": TOKEN}).status_code == 303
    for number in range(MOST):
        wrong(guesser, number)
    assert guesser.get("/api/v1/projects", headers=RIGHT).status_code == 429
    assert browser.get("/api/v1/projects").status_code == 200


@pytest.mark.parametrize("kind", ["image", "iframe", "script", "empty"])
def test_a_page_of_another_site_cannot_use_up_the_guesses_of_its_visitor(
    make: Callable[[str], TestClient], kind: str
) -> None:
    browser = make("127.0.0.1")
    for number in range(MOST + 1):
        answer = browser.get("/login", params={"token": f"x{number}"}, headers={"sec-fetch-dest": kind})
        assert answer.status_code == 200
    assert browser.get("/login", params={"token": TOKEN}, headers={"sec-fetch-dest": "document"}).status_code == 303
