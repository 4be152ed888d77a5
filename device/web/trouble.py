"""What a technician is told when a part of the kiosk fails while it works, and on the page of how the kiosk is.

In English, as the rooms say it; `device.web.sentences` shows it in the language of whoever looks. What keeps a kiosk
from starting is for whoever sets it up, and stays in English.
"""

from __future__ import annotations

from device.web.languages import N_

TROUBLE = (
    # window, camera
    N_("The camera has given no picture yet; wanted a live picture. Wait a few seconds."),
    N_("The live view is not judged yet; wanted its coaching. Wait a few seconds."),
    N_(
        "The camera has not answered for {seconds} s while {doing}; wanted an answer. Check its cable, wait a moment "
        "and try again; if it stays so, switch the kiosk off and on."
    ),
    N_("The camera is closed; wanted an open one. Start the kiosk again."),
    N_("The {camera} failed: {why}. Check its cable and try again."),
    N_("The {camera} gave no picture; wanted one. Unplugged? Check its cable and try again."),
    N_(
        "The {camera} does not keep to its settings: {what}. Unplug it for a moment and try again; if it stays so, use "
        "another camera."
    ),
    N_("The Pi camera failed while {doing}: {why}. Check its cable, and that no other program has it, then try again."),
    # store
    N_(
        "The disk of {folder} has {free} MB free; wanted {wanted}. Nothing of this study was kept. Free some disk, "
        "then read the film again."
    ),
    N_(
        "A study could not be kept in {folder}: {why}; wanted room for {wanted} bytes on a healthy disk. Nothing of it "
        "was kept; what was kept before is still there. Free some disk or mend it, then read the film again."
    ),
    N_(
        "The studies in {folder} cannot be read: {why}; wanted a whole database. Check the disk, and put "
        "studies.sqlite back from a copy."
    ),
    N_(
        "Study {id} in {folder} could not be changed: {why}; wanted a healthy disk with room. Free some disk or mend "
        "it, then try again."
    ),
    N_(
        "Study {id} in {folder} is damaged: {why}; wanted it as it was kept. Check the disk, and put the study back "
        "from a copy."
    ),
    # health
    N_("Do not rely on its readings."),
    N_("Free at least {wanted} MB: save and delete old studies."),
    N_("Give it air: clear its slots, move it from the sun."),
    N_("Use the board's own power supply and cable; give it air."),
    N_("Set the clock, or fit a clock battery."),
    N_("If the date is right, say so in the list of studies; if not, set it."),
    N_("Keep a copy of the data folder and tell your district."),
    N_("not known on this board"),
    N_("{free} MB free, {count} studies"),
    N_("{free} MB free, {count} studies; it fills up: save and delete old studies soon"),
    N_("{count} events, whole"),
    N_("{camera} gives photos of {width} x {height}"),
    N_("Filmside {version}, running since {time} UTC"),
)
