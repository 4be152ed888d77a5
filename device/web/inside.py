"""Whether an address that a form brings leads to this page: a redirect must lead nowhere else."""

from __future__ import annotations


def inside(address: str) -> str:
    """An address on this page as it is, empty for any other."""
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if plain else ""
