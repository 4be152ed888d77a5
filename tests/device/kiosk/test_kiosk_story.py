"""One film after another, whatever comes in and whatever breaks: nothing kept is lost, and the light tells."""

from __future__ import annotations

import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from device import demo
from device.errors import Busy, CameraFault, LightFault, StoreFault
from device.kiosk import Kiosk, status_after
from device.light.memory import MemoryLight
from device.store.files import write_synced
from device.store.store import Store
from device.study import UNSAID, AgeGroup, Patient, Study
from device.values import Frame, Outcome, OutcomeKind, Photo, Reason, Refusal, Status
from tests.device.intake.test_decode_files import a_png
from tests.device.kiosk.conftest import Bench
from tests.films import as_photo

DONE = {Status.DONE_NORMAL, Status.DONE_FINDING, Status.UNCERTAIN}


def photo_of_demo(name: str) -> Photo:
    return Photo(name, (demo.PHOTOS / name).read_bytes())


def test_a_film_is_read_kept_and_shown(bench: Bench) -> None:
    study = bench.kiosk.read_film()
    assert study.reading is not None
    assert study.photo_name == "01-covid.jpg"
    assert study.bundle == bench.kiosk.ensemble.bundle.id
    assert datetime(2026, 5, 4, 8, 1, tzinfo=timezone.utc) <= study.read_at < bench.kiosk.now()
    assert bench.kiosk.status is status_after(study)
    assert bench.kiosk.status in DONE
    assert bench.light.shown == (Status.READY, Status.READING, bench.kiosk.status)
    kept = bench.kiosk.store
    assert kept.study(study.id) == study
    assert kept.photo(study.id).encoded == (demo.PHOTOS / "01-covid.jpg").read_bytes()
    film = kept.film(study.id)
    assert film is not None
    assert film.ndim == 2


def test_the_patient_stays_for_a_retake_and_is_forgotten_with_the_reading(bench: Bench) -> None:
    whose = Patient("TB-0114", AgeGroup.CHILD)
    bench.kiosk.expect(whose)
    for photo in bench.photos.iterdir():
        photo.rename(photo.with_suffix(".kept"))
    Image.new("L", (1280, 960)).save(bench.photos / "00-dark.png")
    refused = bench.kiosk.read_film()
    assert refused.refusal is not None
    assert (refused.patient, bench.kiosk.patient) == (whose, whose)
    (bench.photos / "00-dark.png").unlink()
    (bench.photos / "02-normal.kept").rename(bench.photos / "02-normal.jpg")
    read = bench.kiosk.read_film()
    assert read.reading is not None
    assert (read.patient, bench.kiosk.patient) == (whose, UNSAID)
    assert bench.kiosk.store.study(read.id).patient == whose
    other = Patient("file")
    assert bench.kiosk.read_photo(photo_of_demo("02-normal.jpg"), "amina", other).patient == other


def test_every_stage_is_timed_and_the_total_is_what_followed_the_take(bench: Bench) -> None:
    timings = {timing.stage: timing.milliseconds for timing in bench.kiosk.read_film().timings}
    assert list(timings) == ["take", "decode", "scout", "find", "rectify", "assess", "gate", "read", "total"]
    assert all(value >= 0 for value in timings.values())
    stages = sum(value for stage, value in timings.items() if stage not in ("take", "total"))
    assert timings["total"] == pytest.approx(stages)


def test_the_light_says_done_only_when_the_study_is_kept(bench: Bench) -> None:
    order: list[str] = []

    class Watching(MemoryLight):
        def show(self, status: Status) -> None:
            order.append(f"{status.value}, {len(bench.kiosk.store.studies())} kept")

    kiosk = Kiosk(
        camera=bench.kiosk.camera, light=Watching(), ensemble=bench.kiosk.ensemble, store=bench.kiosk.store,
        clock=lambda: datetime.now(timezone.utc),
    )  # fmt: skip
    study = kiosk.read_film()
    assert order == ["reading, 0 kept", f"{status_after(study).value}, 1 kept"]


def jpeg(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG")
    return buffer.getvalue()


def a_gif() -> bytes:
    frames = [Image.new("L", (400, 300), level) for level in (30, 200)]
    buffer = BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


WHOLE = (demo.PHOTOS / "06-normal.jpg").read_bytes()
BAD = {
    "cut-short.jpg": (WHOLE[: len(WHOLE) // 2], Reason.NOT_A_PICTURE, "damaged or cut short"),
    "letter.jpg": (b"Dear colleague,\n", Reason.NOT_A_PICTURE, "no picture that Filmside knows"),
    "nothing.jpg": (b"", Reason.NOT_A_PICTURE, "no picture that Filmside knows"),
    "one-pixel.jpg": (jpeg(Image.new("L", (1, 1))), Reason.TOO_SMALL, "only 1 x 1 pixels"),
    "bomb.png": (a_png(30_000, 30_000, rows=3), Reason.TOO_LARGE, "wanted at most 120 million"),
    "black.jpg": (jpeg(Image.new("L", (800, 600), 0)), Reason.TOO_DARK, "Switch the light box on"),
    "white.jpg": (jpeg(Image.new("L", (800, 600), 255)), Reason.TOO_BRIGHT, "all white"),
    "moves.gif": (a_gif(), Reason.NOT_A_PICTURE, "of the kind that moves"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_photo_is_refused_in_words_and_loses_nothing(bench: Bench, name: str) -> None:
    content, reason, say = BAD[name]
    before = bench.kiosk.read_film()
    study = bench.kiosk.read_photo(Photo(name, content))
    assert study.reading is None
    assert study.refusal is not None
    assert study.refusal.reason is reason
    assert say in study.refusal.say
    assert bench.kiosk.status is Status.RETAKE
    assert bench.kiosk.fault is None
    store = bench.kiosk.store
    assert [one.id for one in store.studies()] == [study.id, before.id]
    assert store.study(before.id) == before
    assert store.photo(study.id).encoded == content
    assert store.film(study.id) is None
    assert bench.kiosk.read_film().reading is not None


def test_a_blurred_film_is_kept_with_its_corners_for_the_technician_to_see(bench: Bench) -> None:
    study = bench.kiosk.read_photo(photo_of_demo("05-normal-blurred.jpg"))
    assert study.refusal is not None
    assert study.refusal.reason is Reason.BLURRED
    assert study.corners is not None
    assert bench.kiosk.store.film(study.id) is not None
    assert bench.light.shown[-1] is Status.RETAKE


def with_parts(bench: Bench, **parts: object) -> Kiosk:
    """The bench's kiosk with some parts replaced."""
    kiosk = bench.kiosk
    given = {"camera": kiosk.camera, "light": kiosk.light, "ensemble": kiosk.ensemble, "store": kiosk.store}
    made = Kiosk(**{**given, "clock": lambda: datetime.now(timezone.utc), **parts})  # type: ignore[arg-type]
    made.start()
    return made


def test_a_full_disk_is_a_fault_and_earlier_studies_stay(bench: Bench) -> None:
    full = threading.Event()

    def write(path: Path, content: bytes) -> None:
        if full.is_set():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_synced(path, content)

    store = Store(bench.data.parent / "small", free_megabytes=0, write=write)
    kiosk = with_parts(bench, store=store)
    first = kiosk.read_film()
    full.set()
    with pytest.raises(StoreFault, match=r"No space left on device.*what was kept before is still there"):
        kiosk.read_film()
    assert kiosk.status is Status.FAULT
    assert kiosk.fault is not None
    assert "Free some disk" in kiosk.fault
    assert bench.light.shown[-1] is Status.FAULT
    assert store.studies() == (first,)
    assert store.photo(first.id).encoded == (demo.PHOTOS / "01-covid.jpg").read_bytes()
    full.clear()
    again = kiosk.read_film()
    assert kiosk.fault is None
    assert kiosk.status in DONE
    assert [study.id for study in store.studies()] == [again.id, first.id]
    store.close()


def test_too_little_free_disk_is_a_fault(bench: Bench) -> None:
    store = Store(bench.data, free_megabytes=10**9)
    kiosk = with_parts(bench, store=store)
    with pytest.raises(StoreFault, match=r"MB free; wanted 1000000000\. Nothing of this study was kept"):
        kiosk.read_film()
    assert kiosk.status is Status.FAULT
    assert store.studies() == ()
    store.close()


class Held:
    """A camera that is slow to give its photo: it waits until it is let go."""

    def __init__(self, photo: Photo) -> None:
        self.photo = photo
        self.taking, self.let_go = threading.Event(), threading.Event()

    def frame(self) -> Frame:
        return Frame(b"", 0, 0)

    def take(self) -> Photo:
        self.taking.set()
        assert self.let_go.wait(30)
        return self.photo

    def close(self) -> None:
        self.let_go.set()


def test_a_second_press_during_a_reading_is_told_busy_and_the_first_goes_on(bench: Bench) -> None:
    camera = Held(photo_of_demo("02-normal.jpg"))
    kiosk = with_parts(bench, camera=camera)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(kiosk.read_film)
        assert camera.taking.wait(30)
        for press in (kiosk.read_film, lambda: kiosk.read_photo(photo_of_demo("01-covid.jpg"))):
            with pytest.raises(
                Busy, match=r"read already; wanted one at a time\. Wait for its reading, then try again"
            ):
                press()
            assert kiosk.status is Status.READING
            assert kiosk.fault is None
        assert bench.light.shown[-1] is Status.READING
        camera.let_go.set()
        study = first.result(timeout=60)
    assert study.reading is not None
    assert kiosk.store.studies() == (study,)
    assert kiosk.status is status_after(study)
    assert kiosk.read_film().reading is not None


def test_a_camera_that_vanishes_is_a_fault_until_it_is_back(bench: Bench) -> None:
    first = bench.kiosk.read_film()
    away = bench.photos.with_name("unplugged")
    bench.photos.rename(away)
    with pytest.raises(CameraFault, match=r"cannot be listed: No such file.*Make it, or correct `camera_source`"):
        bench.kiosk.read_film()
    with pytest.raises(CameraFault):
        bench.kiosk.frame()
    assert bench.kiosk.status is Status.FAULT
    assert bench.kiosk.fault is not None
    assert "cannot be listed" in bench.kiosk.fault
    assert bench.light.shown[-1] is Status.FAULT
    assert bench.kiosk.store.studies() == (first,)
    # A photo that comes as a file needs no camera.
    assert bench.kiosk.read_photo(photo_of_demo("06-normal.jpg")).reading is not None
    away.rename(bench.photos)
    again = bench.kiosk.read_film()
    assert again.photo_name == "02-normal.jpg"
    assert bench.kiosk.status in DONE
    assert bench.kiosk.fault is None
    assert bench.kiosk.frame().encoded.startswith(b"\xff\xd8")


def test_a_mistake_of_ours_is_a_fault_too_and_the_next_film_is_read(bench: Bench, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    with monkeypatch.context() as broken:
        broken.setattr("device.examine.find", lambda picture, sight: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bench.kiosk.read_film()
    assert bench.kiosk.status is Status.FAULT
    assert bench.kiosk.fault == "ZeroDivisionError: division by zero"
    assert bench.kiosk.store.studies() == ()
    assert bench.kiosk.read_film().reading is not None
    assert bench.kiosk.fault is None


class Burnt(MemoryLight):
    """A light that fails on some statuses."""

    def __init__(self, *fails: Status) -> None:
        super().__init__()
        self.fails = set(fails)

    def show(self, status: Status) -> None:
        if status in self.fails:
            raise LightFault("The light does not answer; wanted a light. Check its wires.")
        super().show(status)


@pytest.mark.parametrize("fails", [(Status.READING,), (*DONE,), tuple(Status)])
def test_a_light_that_breaks_is_a_fault_and_no_study_is_lost(bench: Bench, fails: tuple[Status, ...]) -> None:
    light = Burnt()
    kiosk = with_parts(bench, light=light)
    light.fails = set(fails)
    with pytest.raises(LightFault, match="Check its wires"):
        kiosk.read_film()
    assert kiosk.status is Status.FAULT
    assert kiosk.fault is not None
    assert "Check its wires" in kiosk.fault
    assert len(kiosk.store.studies()) == (0 if Status.READING in fails else 1)
    light.fails = set()
    assert kiosk.read_film().reading is not None
    assert kiosk.fault is None


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome(OutcomeKind.FINDING, "NORMAL", 0.9), Status.DONE_NORMAL),
        (Outcome(OutcomeKind.FINDING, "TUBERCULOSIS", 0.9), Status.DONE_FINDING),
        (Outcome(OutcomeKind.FINDING, "COVID-19", 0.9), Status.DONE_FINDING),
        (Outcome(OutcomeKind.GROUP, "ABNORMAL", 0.9), Status.DONE_FINDING),
        (Outcome(OutcomeKind.UNCERTAIN, "UNCERTAIN", 0.4), Status.UNCERTAIN),
        (None, Status.RETAKE),
    ],
)
def test_the_light_tells_what_sort_of_answer_it_is(bench: Bench, outcome: Outcome | None, status: Status) -> None:
    study: Study = bench.kiosk.read_film()
    assert study.reading is not None
    if outcome is None:
        study = replace(study, reading=None, refusal=Refusal(Reason.BLURRED, "Hold still."))
    else:
        study = replace(study, reading=replace(study.reading, outcome=outcome))
    assert status_after(study) is status


def test_the_clock_is_the_one_that_was_given(bench: Bench) -> None:
    first, second = bench.kiosk.read_film(), bench.kiosk.read_film()
    assert second.read_at > first.read_at
    for study in (first, second):
        assert (study.read_at - datetime(2026, 5, 4, 8, tzinfo=timezone.utc)) % timedelta(minutes=1) == timedelta(0)


def test_an_even_photo_of_the_camera_is_refused_like_one_that_came_as_a_file(bench: Bench) -> None:
    for file in bench.photos.iterdir():
        file.write_bytes(as_photo(np.zeros((480, 640), np.uint8)).encoded)
    study = bench.kiosk.read_film()
    assert study.refusal is not None
    assert study.refusal.reason is Reason.TOO_DARK
    frame = cv2.imdecode(np.frombuffer(bench.kiosk.frame().encoded, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert frame is not None
