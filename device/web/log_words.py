"""The words of all that is not a film: people, what they did, the kiosk's parts, the stages of a reading."""

from __future__ import annotations

from device.account import BUTTON, SCREEN, Role
from device.study import RemovalReason
from device.web.languages import N_, gettext

ROLE_WORDS = {Role.TECHNICIAN: N_("Technician"), Role.ADMINISTRATOR: N_("Administrator")}

_EVENT_WORDS = {
    "first-administrator": N_("made the first administrator"),
    "account-made": N_("made an account"),
    "account-removed": N_("removed an account"),
    "password-set": N_("set a password for"),
    "password-changed": N_("changed the own password"),
    "password-refused": N_("gave a wrong own password"),
    "login": N_("logged in"),
    "login-failed": N_("failed to log in"),
    "login-while-locked": N_("tried a locked account"),
    "logout": N_("logged out"),
    "read-film": N_("read a film"),
    "read-file": N_("read a file"),
    "see-study": N_("looked at a study"),
    "set-patient": N_("set a patient"),
    "set-note": N_("wrote a note"),
    "set-verdict": N_("gave a verdict"),
    "delete-study": N_("deleted a study"),
    "restore-study": N_("brought a study back"),
    "save-table": N_("saved a table"),
    "read-stick": N_("had pictures of a stick read"),
    "save-stick": N_("saved studies to a stick"),
    "save-report": N_("saved a report"),
    "save-diagnostics": N_("saved a file for support"),
    "believe-clock": N_("said that the date is right"),
}

_CHECK_WORDS = {
    "reading": N_("Reading"),
    "camera": N_("Camera"),
    "light": N_("Status light"),
    "bundle": N_("Bundle"),
    "disk": N_("Disk"),
    "temperature": N_("Temperature"),
    "power": N_("Power"),
    "clock": N_("Clock"),
    "log": N_("Log of who did what"),
    "version": N_("Version"),
}

_STAGE_WORDS = {
    "take": N_("take the photo"),
    "decode": N_("open the photo"),
    "scout": N_("look over it"),
    "find": N_("find the film"),
    "even": N_("even out the light"),
    "rectify": N_("straighten it"),
    "assess": N_("judge it"),
    "gate": N_("turn it upright"),
    "read": N_("read it"),
    "total": N_("in all, after the photo"),
}

REMOVAL_WORDS = {
    RemovalReason.DELETED: N_("was deleted, and nobody brought it back in time"),
    RemovalReason.AGE: N_("was as old as studies are kept here"),
    RemovalReason.ROOM: N_("the disk was full"),
}


_PROGRESS_WORDS = {
    "waiting": N_("waiting"),
    "reading": N_("reading…"),
    "read": N_("done"),
    "refused": N_("not read"),
    "failed": N_("failed"),
    "stopped": N_("stopped"),
}


def progress_words(progress: str) -> str:
    """How far a photo of a batch is."""
    return gettext(_PROGRESS_WORDS[progress])


def stage_words(stage: str) -> str:
    """A stage of a reading; one that is not known here is shown as it is."""
    return gettext(_STAGE_WORDS[stage]) if stage in _STAGE_WORDS else stage


def check_words(name: str) -> str:
    """A part of the kiosk on its page of health."""
    return gettext(_CHECK_WORDS[name]) if name in _CHECK_WORDS else name


def event_words(what: str) -> str:
    """What somebody did; a word that is not known here is shown as it is."""
    return gettext(_EVENT_WORDS[what]) if what in _EVENT_WORDS else what


def person_words(name: str) -> str:
    """Who had a film read; the box's button and its own screen are nobody's."""
    return {BUTTON: gettext("the button on the box"), SCREEN: gettext("the screen of the kiosk")}.get(name, name)
