"""What systemd hears, on a real datagram socket."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.errors import Fault
from device.notify import KeepAlive, notify, ready, stopping


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@filmside-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(name.replace("@", "\0", 1))
        listener.settimeout(5)
        yield listener, name


def test_systemd_hears_that_the_page_answers(systemd: tuple[socket.socket, str]) -> None:
    listener, name = systemd
    assert ready({"NOTIFY_SOCKET": name})
    assert listener.recv(100) == b"READY=1"
    assert stopping({"NOTIFY_SOCKET": name})
    assert listener.recv(100) == b"STOPPING=1"


def test_without_systemd_nothing_is_told() -> None:
    assert not ready({})
    assert not notify("READY=1", {"NOTIFY_SOCKET": ""})


def test_a_socket_that_is_gone_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(Fault, match=r"cannot be told READY=1 at NOTIFY_SOCKET .*Start Filmside by its unit file"):
        ready({"NOTIFY_SOCKET": str(tmp_path / "nowhere")})


def test_the_keep_alive_beats_while_the_kiosk_is_well_and_ends(systemd: tuple[socket.socket, str]) -> None:
    listener, name = systemd
    well = threading.Event()
    well.set()
    with KeepAlive(well.is_set, {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "100000"}) as alive:
        assert alive.seconds == pytest.approx(0.05)
        assert [listener.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
        well.clear()
        listener.settimeout(0.3)
        with pytest.raises(TimeoutError):
            for _ in range(10):
                listener.recv(100)
    assert not any(thread.name == "keep-alive" for thread in threading.enumerate())


def test_a_beat_that_fails_is_left_out_and_the_next_one_comes(systemd: tuple[socket.socket, str]) -> None:
    listener, name = systemd
    answers = iter([True, OSError("the page does not answer"), False, True])

    def well() -> bool:
        answer = next(answers, True)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with KeepAlive(well, {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "100000"}):
        assert [listener.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
    assert next(answers, None) is None


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"},
        {"WATCHDOG_USEC": "100000"},
    ],
)
def test_no_thread_runs_when_systemd_waits_for_nothing(environ: dict[str, str]) -> None:
    with KeepAlive(lambda: True, environ):
        assert not any(thread.name == "keep-alive" for thread in threading.enumerate())


def test_the_keep_alive_answers_for_its_own_process() -> None:
    assert KeepAlive(lambda: True, {"WATCHDOG_USEC": "100000", "WATCHDOG_PID": str(os.getpid())}).seconds == 0.05
