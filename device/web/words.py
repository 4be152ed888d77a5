"""The page's words: what a status, an outcome and a score are called in front of a technician.

Every sentence that depends on a value is chosen here, so that a translation has one place to go to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from device.study import AgeGroup, Study, Verdict
from device.values import UNCERTAIN, Outcome, OutcomeKind, Reading, Reason, Score, Status
from device.web.languages import N_, gettext
from device.web.sentences import said as said

if TYPE_CHECKING:
    from device.reading.contract import Bundle

NOT_A_DIAGNOSIS = N_("Not a diagnosis: a decision aid, not a medical device.")

AUDIT_FAILED = N_(
    "The models in this kiosk read nearly as well without the lungs: they may go by where a film was made. "
    "Do not rely on them."
)

NORMAL = "NORMAL"
DOCTOR = N_("Show this film to a doctor.")


@dataclass(frozen=True)
class Words:
    """A short word for the badge and one sentence that says what it means or what to do."""

    word: str
    say: str


STATUS_WORDS = {
    Status.STARTING: Words(N_("Starting"), N_("The kiosk is starting. Wait until it says ready.")),
    Status.READY: Words(N_("Ready"), N_("Lay a film on the light box, then read it.")),
    Status.READING: Words(N_("Reading"), N_("Keep the film still until the reading shows.")),
    Status.DONE_NORMAL: Words(N_("Done: normal"), N_("The last film is read. Lay the next one on the light box.")),
    Status.DONE_FINDING: Words(N_("Done: finding"), N_("The last film is read. Show it to a doctor.")),
    Status.UNCERTAIN: Words(N_("Uncertain"), N_("The last film is read, with no clear answer. Show it to a doctor.")),
    Status.RETAKE: Words(N_("Retake"), N_("The last photo was not read. Mend what its page says, then try again.")),
    Status.FAULT: Words(N_("Fault"), N_("Something is broken. A person must mend it before films can be read.")),
}

UNREAD = "not-read"
"""What the list's search calls a photo that was not read."""

AGE_WORDS = {AgeGroup.CHILD: N_("Child"), AgeGroup.ADULT: N_("Adult")}


VERDICT_WORDS = {
    Verdict.AGREED: N_("Agreed"),
    Verdict.NOT_AGREED: N_("Not agreed"),
    Verdict.CONFIRMED: N_("Confirmed by test"),
}


# Findings that the shipped recipes know. A finding's name always comes from the bundle; this only spells it out.
_SPELT = {
    "COVID-19": N_("COVID-19"),
    "EMPHYSEMA": N_("Emphysema"),
    "NORMAL": N_("Normal"),
    "PNEUMONIA": N_("Pneumonia"),
    "PNEUMONIA-BACTERIAL": N_("Pneumonia, bacterial"),
    "PNEUMONIA-VIRAL": N_("Pneumonia, viral"),
    "TUBERCULOSIS": N_("Tuberculosis"),
    "ABNORMAL": N_("Abnormal"),
    "UNCERTAIN": N_("Uncertain"),
}

# Where it stands in a sentence and not in a list.
_IN_A_SENTENCE = {
    "COVID-19": N_("COVID-19"),
    "PNEUMONIA-BACTERIAL": N_("bacterial pneumonia"),
    "PNEUMONIA-VIRAL": N_("viral pneumonia"),
    "PNEUMONIA": N_("pneumonia"),
    "EMPHYSEMA": N_("emphysema"),
    "TUBERCULOSIS": N_("tuberculosis"),
}


def finding_words(name: str) -> str:
    """A finding or group spelt out; a name that is not known here is shown as the bundle gives it."""
    return gettext(_SPELT[name]) if name in _SPELT else name


def outcome_status(outcome: Outcome) -> Status:
    """The status that stands for an outcome: the same word and colour as on the light, never one for a finding."""
    if outcome.kind is OutcomeKind.UNCERTAIN:
        return Status.UNCERTAIN
    return Status.DONE_NORMAL if outcome.name == NORMAL else Status.DONE_FINDING


def study_status(study: Study) -> Status:
    """The status that the light showed after this study."""
    return Status.RETAKE if study.reading is None else outcome_status(study.reading.outcome)


def headline(study: Study) -> str:
    """What a study says, in a few words."""
    return gettext("Not read") if study.reading is None else outcome_words(study.reading.outcome)


def outcome_words(outcome: Outcome) -> str:
    """What an outcome says, in a few words."""
    if outcome.kind is OutcomeKind.UNCERTAIN:
        return gettext("Uncertain")
    if outcome.name == NORMAL:
        return gettext("Looks normal")
    if outcome.name == "ABNORMAL":
        return gettext("Looks abnormal")
    return gettext("Signs of %(finding)s", finding=_in_a_sentence(outcome.name))


def _in_a_sentence(name: str) -> str:
    return gettext(_IN_A_SENTENCE[name]) if name in _IN_A_SENTENCE else name


def next_step(outcome: Outcome) -> Words:
    """What to do now, and why."""
    if outcome.kind is OutcomeKind.UNCERTAIN:
        return Words(DOCTOR, N_("No finding is clear enough. A sharper photo may help, but do not wait for it."))
    if outcome.name == NORMAL:
        return Words(
            N_("No sign of the findings listed here."),
            N_("Other illness may still be there. If the patient is unwell, show the film to a doctor."),
        )
    if outcome.kind is OutcomeKind.GROUP:
        return Words(DOCTOR, N_("The film speaks for this group; which of its findings it is stays open."))
    return Words(DOCTOR, N_("A doctor decides whether the finding is there."))


CLOSE = 0.15
"""Scores that lie no farther apart are called close."""

DISAGREE = 0.25
"""Spread from which members are said to disagree."""


def why_uncertain(reading: Reading, bundle: Bundle) -> tuple[str, ...]:
    """Sentences that say why no finding is named: what is close, what would have been needed, who disagrees."""
    if reading.outcome.kind is not OutcomeKind.UNCERTAIN:
        return ()
    first, second = sorted(reading.scores, key=lambda score: -score.value)[:2]
    told = []
    if first.value - second.value <= CLOSE:
        told.append(
            gettext(
                "%(one)s (%(first)s) and %(other)s (%(second)s) are close.",
                one=finding_words(first.finding),
                first=percent(first.value),
                other=finding_words(second.finding),
                second=percent(second.value),
            )
        )
    said_from = {one.name: one.said_from for one in bundle.statements} if reading.bundle == bundle.id else {}
    wanted = said_from.get(first.finding)
    if wanted is not None and first.value < wanted:
        told.append(
            gettext(
                "%(finding)s is named from %(wanted)s on; here it has %(found)s.",
                finding=finding_words(first.finding),
                wanted=percent(wanted),
                found=percent(first.value),
            )
        )
    elif first.finding in said_from and wanted is None:
        told.append(
            gettext(
                "%(finding)s alone is never named: it was not right, or not the same on another photo, often enough.",
                finding=finding_words(first.finding),
            )
        )
    if len(reading.votes) > 1 and reading.spread >= DISAGREE:
        told.append(gettext("The members disagree."))
    return tuple(told)


def not_ruled_out(reading: Reading) -> str:
    """The findings that may be there, spelt out, where more than one may; else empty."""
    if len(reading.possible) < 2:
        return ""
    return ", ".join(finding_words(finding) for finding in reading.possible)


def age_matters(study: Study, bundle: Bundle) -> str:
    """A sentence where an outcome was learned from children's films and the film may be an adult's; else empty."""
    if study.reading is None or study.reading.bundle != bundle.id or study.patient.age is AgeGroup.CHILD:
        return ""
    said = next((one for one in bundle.statements if one.name == study.reading.outcome.name), None)
    # A group that holds others too is not learned from children only.
    if said is None or not set(said.findings) <= set(bundle.children):
        return ""
    spelt = _in_a_sentence(said.name)
    if study.patient.age is AgeGroup.ADULT:
        return gettext(
            "This is an adult. The models learned %(finding)s from children, hardly from adults: take this with great "
            "care.",
            finding=spelt,
        )
    return gettext(
        "The models learned %(finding)s from children, hardly from adults. If this is an adult, take it with great "
        "care.",
        finding=spelt,
    )


def outcome_names(bundle: Bundle) -> tuple[str, ...]:
    """All that a reading can say with this bundle."""
    return (*(statement.name for statement in bundle.statements), UNCERTAIN)


def has_picture(study: Study) -> bool:
    """Whether the photo of a study could be opened at all."""
    return study.refusal is None or study.refusal.reason not in (Reason.NOT_A_PICTURE, Reason.TOO_LARGE)


def script_words() -> dict[str, str]:
    """What the page's scripts say by themselves."""
    return {
        "no-answer": gettext("No answer"),
        "kiosk-silent": gettext(
            "The kiosk does not answer. Check that it is switched on; this page goes on by itself when it is."
        ),
        "no-picture": gettext("No picture from the camera."),
        "read-film": gettext("Read film"),
        "reading": gettext("Reading…"),
        "no-reply": gettext("The kiosk did not answer. Look at the list of studies before you read the film again."),
        "waiting": gettext("waiting"),
        "being-read": gettext("reading…"),
        "not-read": gettext("not read"),
        "not-sent": gettext("the kiosk did not answer, or the file could not be opened. Try again."),
        "too-large": gettext("larger than 64 MB. Send a smaller picture of the film."),
        "too-many": gettext("That is too many files at once. Choose at most 500."),
        "heat-map": gettext("Heat map: where the film speaks for %(finding)s", finding="{finding}"),
    }


def percent(value: float) -> str:
    """A score as whole per cent; never 0 or 100, which no score can promise."""
    shown = round(100 * value)
    if shown <= 0:
        return "< 1 %"
    return "> 99 %" if shown >= 100 else f"{shown} %"


def agreement(reading: Reading) -> str:
    """How far the members agree, from the spread of their scores."""
    if len(reading.votes) < 2:
        return gettext("One member voted.")
    if reading.spread < 0.1:
        return gettext("All %(count)s members agree.", count=len(reading.votes))
    if reading.spread < DISAGREE:
        return gettext("The %(count)s members differ somewhat.", count=len(reading.votes))
    return gettext("The %(count)s members disagree. Take extra care.", count=len(reading.votes))


def likeliest(reading: Reading) -> int:
    """Which heat map to show first: the outcome's own finding, else the likeliest one, by its place in the list.

    For a group or an uncertain reading the likeliest finding other than NORMAL is meant: that is what to look at.
    """
    names = [heat_map.finding for heat_map in reading.heat_maps]
    if reading.outcome.name in names:
        return names.index(reading.outcome.name)
    scores = {score.finding: score.value for score in reading.scores}
    return max(range(len(names)), key=lambda place: (names[place] != NORMAL, scores.get(names[place], 0.0)), default=0)


def top(scores: tuple[Score, ...]) -> int:
    """The place of the highest score."""
    return max(range(len(scores)), key=lambda place: scores[place].value)


def day(moment: datetime) -> str:
    """A date that reads the same in every country, in the kiosk's own zone."""
    return moment.astimezone().strftime("%Y-%m-%d")


def when(moment: datetime) -> str:
    """A date and time that reads the same in every country."""
    return moment.strftime("%Y-%m-%d  %H:%M")
