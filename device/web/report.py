"""One page a study, for the patient's file: as PDF, in the language of whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from device.intake.decode import decode
from device.reading.heatmap import film_jpeg, overlay_png
from device.store.pdf import Fonts, Picture, Sheet, study_pdf
from device.study import Study
from device.values import Picture as Shown
from device.web import log_words, words
from device.web.languages import gettext
from device.web.site import Site

if TYPE_CHECKING:
    from device.kiosk import Kiosk

PRINTED_SIDE = 640
"""Pixels of a heat map on paper, which no browser smooths."""


def blueprint(kiosk: Kiosk, site: Site) -> Blueprint:
    """The reports of one kiosk."""
    room = Blueprint("report", __name__, url_prefix="/studies/<study:id>")

    @room.get("/report.pdf")
    def pdf(id: str) -> ResponseReturnValue:
        study = kiosk.store.study(id)
        site.record(kiosk.now(), "save-report", id)
        answer = Response(study_report(kiosk, study, Fonts.found()), mimetype="application/pdf")
        answer.headers["Content-Disposition"] = f'inline; filename="filmside-{words.day(study.read_at)}-{id[:8]}.pdf"'
        return answer

    return room


def study_report(kiosk: Kiosk, study: Study, fonts: Fonts) -> bytes:
    """The report as PDF, in the language that is spoken."""
    made = sheet(kiosk, study)
    if not fonts.has(f"{made.headline} {made.bars_title} {' '.join(made.steps)}"):
        # Without a font for its letters a page of question marks would come out.
        with force_locale("en"):
            made = sheet(kiosk, study)
    return study_pdf(made, fonts)


def sheet(kiosk: Kiosk, study: Study) -> Sheet:
    """What the report of a study says."""
    reading = study.reading
    sure, bars = "", tuple[tuple[str, float, str], ...]()
    steps: tuple[str, ...] = (words.said(study.refusal.say),) if study.refusal else ()
    if reading is not None:
        step = words.next_step(reading.outcome)
        age = words.age_matters(study, kiosk.ensemble.bundle)
        possible = words.not_ruled_out(reading)
        sure = f"{gettext('score')} {words.percent(reading.outcome.score)}. {words.agreement(reading)}"
        steps = tuple(
            text
            for text in (
                gettext(step.word),
                gettext(step.say),
                " ".join(words.why_uncertain(reading, kiosk.ensemble.bundle)),
                age,
                gettext("Cannot be ruled out: %(findings)s.", findings=possible) if possible else "",
            )
            if text
        )
        bars = tuple(
            (words.finding_words(score.finding), score.value, words.percent(score.value)) for score in reading.scores
        )
    return Sheet(
        title=f"Filmside · {words.when(study.read_at)}",
        headline=words.headline(study),
        sure=sure,
        steps=steps,
        facts=_facts(study),
        pictures=_pictures(kiosk, study),
        bars_title=gettext("Scores"),
        bars=bars,
        note_title=gettext("Note"),
        note=study.note,
        footer=(
            gettext(words.NOT_A_DIAGNOSIS),
            f"{gettext('Bundle')} {study.bundle} · {gettext('Study')} {study.id}",
        ),
    )


def _facts(study: Study) -> tuple[tuple[str, str], ...]:
    facts = [
        (gettext("Reference"), study.patient.reference or "-"),
        (gettext("Age group"), gettext(words.AGE_WORDS[study.patient.age]) if study.patient.age else "-"),
        (gettext("Read"), words.when(study.read_at)),
        (gettext("By"), log_words.person_words(study.read_by) or "-"),
    ]
    if study.judgement is not None:
        verdict = gettext(words.VERDICT_WORDS[study.judgement.verdict])
        found = words.finding_words(study.judgement.finding) if study.judgement.finding else ""
        facts.append((gettext("Verdict"), f"{verdict}: {found}" if found else verdict))
    return tuple(facts)


def _pictures(kiosk: Kiosk, study: Study) -> tuple[Picture, ...]:
    """The film, and the film with the heat map of what the outcome says; of what was not read, the photo."""
    grey = kiosk.store.film(study.id)
    if grey is None:
        photo = decode(kiosk.store.photo(study.id))
        return (Picture(film_jpeg(photo.pixels), None, gettext("Photo")),) if isinstance(photo, Shown) else ()
    film = film_jpeg(grey)
    plain = Picture(film, None, gettext("Film"))
    if study.reading is None or not study.reading.heat_maps:
        return (plain,)
    heat = study.reading.heat_maps[words.likeliest(study.reading)]
    height, width = grey.shape
    name = gettext("Heat map: where the film speaks for %(finding)s", finding=words.finding_words(heat.finding))
    return plain, Picture(film, overlay_png(heat, width, height, PRINTED_SIDE), name)
