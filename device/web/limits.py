"""How much may be sent to a kiosk at once."""

MOST_BYTES = 64 * 1024 * 1024
"""The largest upload: several times a photo of the best camera that a kiosk has."""

MOST_FORM_FILES = 100
"""Files in one form, which are read while the browser waits."""

MOST_FILES = 500
"""Files that the page's script takes at once, and sends one by one."""
