"""A time limit for calls into a camera's library, which may hang when a cable comes loose."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from concurrent.futures import TimeoutError as FutureTimeout
from typing import TypeVar

from device.errors import CameraFault

Result = TypeVar("Result")


def within(
    seconds: float, call: Callable[[], Result], doing: str, *, late: Callable[[Result], object] = lambda result: None
) -> Result:
    """What `call` returns, or what it raises; CameraFault when it has not ended in time.

    A call that hangs inside a driver cannot be stopped from Python. Its thread is left behind as a daemon, so it
    holds up neither the kiosk nor its end; the caller must not use that device object again. Should the call come
    back after all, `late` is given its result, to hand a device back.
    """
    future: Future[Result] = Future()

    def run() -> None:
        try:
            result = call()
        except BaseException as error:  # handed to the caller below, whatever it is
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
            return
        if future.set_running_or_notify_cancel():
            future.set_result(result)
        else:
            late(result)

    threading.Thread(target=run, name=f"camera: {doing}", daemon=True).start()
    wait([future], timeout=seconds)
    # Cancelled or running: the two sides agree on who has the result.
    if future.cancel():
        raise _silent(seconds, doing)
    try:
        return future.result()
    except FutureTimeout as error:
        raise _silent(seconds, doing) from error


def _silent(seconds: float, doing: str) -> CameraFault:
    return CameraFault(
        f"The camera has not answered for {seconds:g} s while {doing}; wanted an answer. Check its cable, wait a "
        "moment and try again; if it stays so, switch the kiosk off and on."
    )
