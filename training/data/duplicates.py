"""The same film twice, within a collection or across: as the same file, or saved again, smaller, with other tones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

MOST_BITS = 7
"""How many bits of their hashes near-duplicates may differ by. One of eight bytes is then the same."""

LEAST_ALIKE = 0.98
"""Correlation of their thumbs' ranks from which two pictures are one film.

Of 5,111 films that an earlier curation had freed of duplicates no two patients' reached 0.974; of 250 films saved again
as JPEG of quality 40, at half size, squashed to a square, or with another gamma, 99 in a hundred lay above 0.99, with
equalised tones above 0.98. Not found are films cropped by more than 2 per cent a side, and films equalised piece by
piece.
"""

_AT_ONCE = 2000
"""Pictures of a bucket, or pairs, that are compared in one go: bounds memory."""


def same_films(hashes: NDArray[np.int64], ranked: NDArray[np.uint16]) -> Iterator[tuple[int, int]]:
    """Pairs (i < j) of pictures whose hashes (n,) are near and whose ranked thumbs (n, pixels) correlate at least
    LEAST_ALIKE."""
    for pairs in alike_hashes(hashes):
        for start in range(0, len(pairs), _AT_ONCE):
            part = pairs[start : start + _AT_ONCE]
            for one, other in part[_correlation(ranked, part) >= LEAST_ALIKE]:
                yield int(one), int(other)


def alike_hashes(hashes: NDArray[np.int64]) -> Iterator[NDArray[np.intp]]:
    """Every pair (i < j) of hashes (n,) that differ by at most MOST_BITS bits, once, in arrays (pairs, 2)."""
    octets = hashes.view(np.uint8).reshape(-1, 8)
    bits = hashes.view(np.uint64)
    for place in range(8):
        order = np.argsort(octets[:, place], kind="stable")
        ends = np.flatnonzero(np.diff(octets[order, place])) + 1
        for bucket in np.split(order, ends):
            yield from _alike_in(bucket, bits, octets, place)


def _alike_in(
    bucket: NDArray[np.intp], bits: NDArray[np.uint64], octets: NDArray[np.uint8], place: int
) -> Iterator[NDArray[np.intp]]:
    # Sorted is the order of the pictures: of a pair the first comes first.
    for start in range(0, len(bucket), _AT_ONCE):
        part = bucket[start : start + _AT_ONCE]
        for other in range(start, len(bucket), _AT_ONCE):
            rest = bucket[other : other + _AT_ONCE]
            near = np.bitwise_count(bits[part][:, None] ^ bits[rest][None]) <= MOST_BITS
            ones, twos = np.nonzero(np.triu(near, 1) if other == start else near)
            pairs = np.column_stack([part[ones], rest[twos]])
            # A pair with several bytes the same is told in the first of their buckets.
            told = (octets[pairs[:, 0], :place] == octets[pairs[:, 1], :place]).any(axis=1)
            yield pairs[~told]


def _correlation(ranked: NDArray[np.uint16], pairs: NDArray[np.intp]) -> NDArray[np.float64]:
    """The correlation, -1 to 1, of the ranks of each pair; every picture's are 0 to n - 1, each once, in some order."""
    pixels = ranked.shape[1]
    one, other = (ranked[pairs[:, place]].astype(np.float32) - np.float32((pixels - 1) / 2) for place in (0, 1))
    return np.einsum("ij,ij->i", one, other).astype(np.float64) / (pixels * (pixels**2 - 1) / 12)


def clusters(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The numbers below `count` that pairs join, directly or through others; each in order, singles left out."""
    root = list(range(count))

    def top(one: int) -> int:
        while root[one] != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    for one, other in pairs:
        first, second = sorted((top(one), top(other)))
        root[second] = first
    found: dict[int, list[int]] = defaultdict(list)
    for one in range(count):
        found[top(one)].append(one)
    return [members for members in found.values() if len(members) > 1]


def joined_names(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Of every name that is linked to another, directly or through others: the first, in order of all of them."""
    pairs = list(links)
    names = sorted({name for pair in pairs for name in pair})
    places = {name: place for place, name in enumerate(names)}
    together = clusters(len(names), [(places[one], places[other]) for one, other in pairs])
    return {names[one]: names[members[0]] for members in together for one in members}


def same_files(digests: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs (first, other) of files with the same content."""
    first: dict[str, int] = {}
    for place, digest in enumerate(digests):
        if (before := first.setdefault(digest, place)) != place:
            yield before, place
