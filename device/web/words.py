"""The page's words: what a status, an outcome and a score are called in front of a technician.

Every sentence that depends on a value is chosen here, so that a translation has one place to go to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from device.account import BUTTON, SCREEN, Role
from device.study import AgeGroup, RemovalReason, Study, Verdict
from device.values import UNCERTAIN, Outcome, OutcomeKind, Reading, Score, Status

if TYPE_CHECKING:
    from device.reading.contract import Bundle

NOT_A_DIAGNOSIS = "Not a diagnosis: a decision aid, not a medical device."

AUDIT_FAILED = (
    "The models in this kiosk read nearly as well without the lungs: they may go by where a film was made. "
    "Do not rely on them."
)

NORMAL = "NORMAL"
DOCTOR = "Show this film to a doctor."


@dataclass(frozen=True)
class Words:
    """A short word for the badge and one sentence that says what it means or what to do."""

    word: str
    say: str


STATUS_WORDS = {
    Status.STARTING: Words("Starting", "The kiosk is starting. Wait until it says ready."),
    Status.READY: Words("Ready", "Lay a film on the light box, then read it."),
    Status.READING: Words("Reading", "Keep the film still until the reading shows."),
    Status.DONE_NORMAL: Words("Done: normal", "The last film is read. Lay the next one on the light box."),
    Status.DONE_FINDING: Words("Done: finding", "The last film is read. Show it to a doctor."),
    Status.UNCERTAIN: Words("Uncertain", "The last film is read, with no clear answer. Show it to a doctor."),
    Status.RETAKE: Words("Retake", "The last photo was not read. Mend what its page says, then try again."),
    Status.FAULT: Words("Fault", "Something is broken. A person must mend it before films can be read."),
}

UNREAD = "not-read"
"""What the list's search calls a photo that was not read."""

AGE_WORDS = {AgeGroup.CHILD: "Child", AgeGroup.ADULT: "Adult"}

ROLE_WORDS = {Role.TECHNICIAN: "Technician", Role.ADMINISTRATOR: "Administrator"}

VERDICT_WORDS = {
    Verdict.AGREED: "Agreed",
    Verdict.NOT_AGREED: "Not agreed",
    Verdict.CONFIRMED: "Confirmed by test",
}

_EVENT_WORDS = {
    "first-administrator": "made the first administrator",
    "account-made": "made an account",
    "account-removed": "removed an account",
    "password-set": "set a password for",
    "password-changed": "changed the own password",
    "password-refused": "gave a wrong own password",
    "login": "logged in",
    "login-failed": "failed to log in",
    "login-while-locked": "tried a locked account",
    "logout": "logged out",
    "read-film": "read a film",
    "read-file": "read a file",
    "see-study": "looked at a study",
    "set-patient": "set a patient",
    "set-note": "wrote a note",
    "set-verdict": "gave a verdict",
    "delete-study": "deleted a study",
    "restore-study": "brought a study back",
    "save-table": "saved a table",
    "believe-clock": "said that the date is right",
}

REMOVAL_WORDS = {
    RemovalReason.DELETED: "was deleted, and nobody brought it back in time",
    RemovalReason.AGE: "was as old as studies are kept here",
    RemovalReason.ROOM: "the disk was full",
}

# Findings that the shipped recipes know. A finding's name always comes from the bundle; this only spells it out.
_SPELT = {
    "COVID-19": "COVID-19",
    "EMPHYSEMA": "Emphysema",
    "NORMAL": "Normal",
    "PNEUMONIA": "Pneumonia",
    "PNEUMONIA-BACTERIAL": "Pneumonia, bacterial",
    "PNEUMONIA-VIRAL": "Pneumonia, viral",
    "TUBERCULOSIS": "Tuberculosis",
    "ABNORMAL": "Abnormal",
    "UNCERTAIN": "Uncertain",
}

# Where it stands in a sentence and not in a list.
_IN_A_SENTENCE = {
    "COVID-19": "COVID-19",
    "PNEUMONIA-BACTERIAL": "bacterial pneumonia",
    "PNEUMONIA-VIRAL": "viral pneumonia",
}


def finding_words(name: str) -> str:
    """A finding or group spelt out; a name that is not known here is shown as the bundle gives it."""
    return _SPELT.get(name, name)


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
    if study.reading is None:
        return "Not read"
    outcome = study.reading.outcome
    if outcome.kind is OutcomeKind.UNCERTAIN:
        return "Uncertain"
    if outcome.name == NORMAL:
        return "Looks normal"
    if outcome.name == "ABNORMAL":
        return "Looks abnormal"
    return f"Signs of {_in_a_sentence(outcome.name)}"


def _in_a_sentence(name: str) -> str:
    return _IN_A_SENTENCE.get(name) or (_SPELT[name].lower() if name in _SPELT else name)


def next_step(outcome: Outcome) -> Words:
    """What to do now, and why."""
    if outcome.kind is OutcomeKind.UNCERTAIN:
        return Words(DOCTOR, "No finding is clear enough. A sharper photo may help, but do not wait for it.")
    if outcome.name == NORMAL:
        return Words(
            "No sign of the findings listed here.",
            "Other illness may still be there. If the patient is unwell, show the film to a doctor.",
        )
    if outcome.kind is OutcomeKind.GROUP:
        return Words(DOCTOR, "The film speaks for this group; which of its findings it is stays open.")
    return Words(DOCTOR, "A doctor decides whether the finding is there.")


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
    learned = f"The models learned {spelt} from children, hardly from adults"
    if study.patient.age is AgeGroup.ADULT:
        return f"This is an adult. {learned}: take this with great care."
    return f"{learned}. If this is an adult, take it with great care."


def outcome_names(bundle: Bundle) -> tuple[str, ...]:
    """All that a reading can say with this bundle."""
    return (*(statement.name for statement in bundle.statements), UNCERTAIN)


def person_words(name: str) -> str:
    """Who had a film read; the box's button and its own screen are nobody's."""
    return {BUTTON: "the button on the box", SCREEN: "the screen of the kiosk"}.get(name, name)


def event_words(what: str) -> str:
    """What somebody did; a word that is not known here is shown as it is."""
    return _EVENT_WORDS.get(what, what)


def percent(value: float) -> str:
    """A score as whole per cent; never 0 or 100, which no score can promise."""
    shown = round(100 * value)
    if shown <= 0:
        return "< 1 %"
    return "> 99 %" if shown >= 100 else f"{shown} %"


def agreement(reading: Reading) -> str:
    """How far the members agree, from the spread of their scores."""
    if len(reading.votes) < 2:
        return "One member voted."
    if reading.spread < 0.1:
        return f"All {len(reading.votes)} members agree."
    if reading.spread < 0.25:
        return f"The {len(reading.votes)} members differ somewhat."
    return f"The {len(reading.votes)} members disagree. Take extra care."


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
