"""Whom a film is mixed with, so that a member learns findings and not their sources.

A mate has the same finding and comes from elsewhere, or another finding and comes from the same place: what is then in
common, or sets two apart, is the finding (LISA: Yao et al., Improving Out-of-Distribution Robustness via Selective
Augmentation, 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.sources import Row

FROM_ELSEWHERE = 0.3
"""Share of mates with the same finding, where a film may have both kinds."""


@dataclass(frozen=True, eq=False)
class Mates:
    """Which films (indices) may be mixed with those of a kind: of one finding and one origin."""

    kinds: NDArray[np.intp]
    elsewhere: tuple[NDArray[np.intp], ...]
    beside: tuple[NDArray[np.intp], ...]

    @classmethod
    def among(cls, rows: tuple[Row, ...]) -> Mates:
        """Mates among these rows."""
        names, origins = np.array([row.name for row in rows]), np.array([row.origin for row in rows])
        pairs = sorted({(row.name, row.origin) for row in rows})
        kinds = np.array([pairs.index((row.name, row.origin)) for row in rows])
        elsewhere = tuple(np.flatnonzero((names == name) & (origins != origin)) for name, origin in pairs)
        beside = tuple(np.flatnonzero((names != name) & (origins == origin)) for name, origin in pairs)
        return cls(kinds, elsewhere, beside)

    def of(self, film: int, weights: NDArray[np.float64], rng: np.random.Generator) -> int | None:
        """A mate for the film, drawn by the weights of all films; None where its finding and its origin are both
        the only ones of their kind."""
        kind = self.kinds[film]
        pools = [self.elsewhere[kind], self.beside[kind]]
        if rng.random() >= FROM_ELSEWHERE:
            pools.reverse()
        pool = next((one for one in pools if len(one)), None)
        if pool is None:
            return None
        odds = weights[pool]
        return int(rng.choice(pool, p=odds / odds.sum()))
