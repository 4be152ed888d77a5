"""How often each who looks at the live view may ask."""

from __future__ import annotations

from flask.testing import FlaskClient

from device.values import Status
from device.web.lookers import AWAY_S, LONGEST_MS, MOST, Lookers
from tests.device.web.fake_kiosk import FakeKiosk


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_who_looks_alone_gets_ten_frames_a_second() -> None:
    lookers = Lookers(Clock())
    assert [lookers.wait_ms("a", reading=False) for _ in range(3)] == [100, 100, 100]


def test_twenty_who_look_share_what_the_kiosk_can_spare() -> None:
    lookers = Lookers(Clock())
    for number in range(20):
        wait = lookers.wait_ms(f"page{number}", reading=False)
    assert wait == 800
    assert lookers.wait_ms("page3", reading=True) == 2000


def test_who_has_gone_counts_no_more() -> None:
    clock = Clock()
    lookers = Lookers(clock)
    for number in range(20):
        lookers.wait_ms(f"page{number}", reading=False)
    clock.now += AWAY_S
    assert lookers.wait_ms("page0", reading=False) == 100


def test_made_up_names_neither_fill_the_memory_nor_stop_the_view() -> None:
    lookers = Lookers(Clock())
    waits = {lookers.wait_ms(str(number), reading=False) for number in range(10 * MOST)}
    assert max(waits) == LONGEST_MS
    assert len(lookers._seen) == MOST


def test_a_live_view_is_told_how_long_to_wait(client: FlaskClient, kiosk: FakeKiosk) -> None:
    assert [client.get(f"/api/coaching?looker={name}").json["wait"] for name in "abc"] == [100, 100, 120]
    kiosk.status = Status.READING
    assert client.get("/api/coaching?looker=a").json["wait"] == 500
