"""Serving a kiosk's page until told to stop: the kiosk is built, proved, then announced."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING

from waitress.server import create_server

from device import notify
from device.batch import Batch
from device.calibrate import load_flat_field
from device.camera import open_camera
from device.errors import Fault
from device.health import Health
from device.intake.sticks import Sticks
from device.kiosk import Kiosk
from device.light import open_button, open_light
from device.outbox import Outbox
from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble
from device.settings import Settings
from device.store.people import People
from device.store.site import kept_secret
from device.store.store import Store
from device.study import Rules
from device.web import create_app
from device.web.limits import MOST_BYTES
from device.web.out_of_service import create_out_of_service_app
from device.web.site import Site, setup_code

if TYPE_CHECKING:
    from flask import Flask
    from waitress.server import BaseWSGIServer

THREADS = 8
"""Several browsers may wait for live frames while one film is read."""


@contextmanager
def open_kiosk(settings: Settings, clock: Callable[[], datetime]) -> Iterator[Kiosk]:
    """The kiosk that the settings describe; all its parts are given back at the end. Raises Fault."""
    with ExitStack() as parts:
        ensemble = Ensemble(load_bundle(settings.bundle))
        store = Store(settings.data, free_megabytes=settings.free_megabytes)
        parts.callback(store.close)
        light = open_light(settings)
        parts.callback(light.close)
        camera = open_camera(settings)
        parts.callback(camera.close)
        field = load_flat_field(settings.data)
        kiosk = Kiosk(
            camera=camera,
            light=light,
            ensemble=ensemble,
            store=store,
            clock=clock,
            flat_field=field,
            take_when_still=settings.take_when_still,
            rules=Rules(settings.keep_days, settings.undo_days, settings.make_room, settings.free_megabytes),
        )
        # Before its parts are given back.
        parts.callback(kiosk.stop)
        yield kiosk


def serve(settings: Settings, *, clock: Callable[[], datetime], stay_s: float = 0.0) -> None:
    """Serve the page until SIGTERM or Ctrl-C. Raises Fault when a part or the port cannot be had.

    Where a part cannot be had, the page says so for `stay_s` seconds before that: whoever stands before the kiosk sees
    what is broken, and whoever started it may try again.
    """
    # Waitress warns whenever a poll waits for a thread, which is nobody's business.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    with ExitStack() as around:
        try:
            kiosk = around.enter_context(open_kiosk(settings, clock))
        except Fault as fault:
            if stay_s:
                print(f"filmside: {fault}", file=sys.stderr, flush=True)
                _say_out_of_service(settings, str(fault), stay_s)
            raise
        people = People(settings.data)
        around.callback(people.close)
        batch = Batch(kiosk.read_photo)
        around.callback(batch.stop, wait_s=25.0)
        outbox = Outbox(settings.data / "outbox")
        around.callback(outbox.stop, wait_s=5.0)
        site = _site(settings, people, Health(kiosk, settings, clock, people.audit), batch, outbox)
        server = _server(settings, create_app(kiosk, site))
        button = open_button(settings, kiosk.read_film)
        if button is not None:
            around.callback(button.close)
        address = f"http://{settings.host}:{settings.port}"
        signal.signal(signal.SIGTERM, _stop)
        kiosk.start()
        kiosk.retention.start()
        around.callback(kiosk.retention.stop)
        print(f"Filmside answers on {address}", file=sys.stderr, flush=True)
        if not settings.open_screen and not site.people.everyone():
            said = (
                f"Nobody may use it yet: {address}/setup makes the first administrator; its code is {site.setup_code}."
            )
            print(said, file=sys.stderr, flush=True)
        around.enter_context(notify.KeepAlive(lambda: _answers(settings)))
        notify.ready()
        try:
            server.run()
        finally:
            notify.stopping()
            server.close()


def _say_out_of_service(settings: Settings, fault: str, stay_s: float) -> None:
    """Serve what is broken for so long, or until told to stop."""
    server = _server(settings, create_out_of_service_app(fault))
    signal.signal(signal.SIGTERM, _stop)
    serving = threading.Thread(target=server.run, name="out-of-service", daemon=True)
    serving.start()
    notify.ready()
    try:
        with notify.KeepAlive(serving.is_alive):
            time.sleep(stay_s)
    finally:
        server.close()
        serving.join(timeout=5)


def _server(settings: Settings, app: Flask) -> BaseWSGIServer:
    """A server that has the port. Raises Fault when it cannot be had."""
    try:
        return create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            # A little above the page's own limit, so that the page can say it in words.
            max_request_body_size=MOST_BYTES + 1_000_000,
            ident="filmside",
        )
    except OSError as error:
        raise Fault(
            f"The page cannot be served on {settings.host}:{settings.port}: {error.strerror}. Choose another port, "
            "or stop the program that has it."
        ) from error


def _site(settings: Settings, people: People, health: Health, batch: Batch, outbox: Outbox) -> Site:
    """Who may use the page; the store has been opened before."""
    return Site(
        people=people,
        secret=kept_secret(settings.data),
        open_screen=settings.open_screen,
        session_minutes=settings.session_minutes,
        setup_code=setup_code(),
        health=health,
        sticks=Sticks(settings.sticks),
        batch=batch,
        outbox=outbox,
    )


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _answers(settings: Settings) -> bool:
    """Whether the page answers: a kiosk whose page hangs is not alive."""
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host
    with urllib.request.urlopen(f"http://{host}:{settings.port}/alive", timeout=10) as answer:
        return bool(answer.status == 200)
