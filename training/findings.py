"""What films show, in the words of a recipe.

Films are split once, under the finest names that are known of them. A recipe may tell fewer or wider findings apart: to
the three-class paper bacterial and viral pneumonia are one, and emphysema is nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from training.data.sources import DataError, Row
from training.recipe import GROUPS, Recipe, shown_by


def retold(rows: tuple[Row, ...], findings: tuple[str, ...]) -> tuple[Row, ...]:
    """The films that show some of `findings` and nothing else, under those names."""
    told = []
    for row in rows:
        names = tuple(name for name in findings if set(shown_by(name)) & set(row.findings))
        if set(row.findings) <= {shown for name in names for shown in shown_by(name)}:
            told.append(replace(row, findings=names))
    return tuple(told)


def of_one_finding(rows: tuple[Row, ...], findings: tuple[str, ...]) -> tuple[Row, ...]:
    """The same without films of which only a group of `findings` is known."""
    return tuple(row for row in retold(rows, findings) if len(row.findings) == 1)


def learnt_by(recipe: Recipe, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The films of `rows` that a recipe learns from, under its findings: those of which only a group is known, where it
    takes them."""
    return (retold if recipe.groups_too else of_one_finding)(rows, recipe.findings)


def groups_among(findings: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The named groups that some of `findings`, two or more but not all, make up."""
    made = {}
    for name, group in GROUPS.items():
        members = tuple(finding for finding in findings if set(shown_by(finding)) <= set(group))
        if 1 < len(members) < len(findings):
            made[name] = members
    return made


def findings_of(recipes: Sequence[Recipe]) -> tuple[str, ...]:
    """The findings that every member of one bundle tells apart.

    Raises DataError for members of which one's scores could not be added to another's, or that share a name.
    """
    first = recipes[0]
    for recipe in recipes[1:]:
        if recipe.findings != first.findings:
            raise DataError(
                f"{first.name} tells {', '.join(first.findings)} apart, {recipe.name} {', '.join(recipe.findings)}; "
                "wanted the same findings in the same order of every member of a bundle. Make a bundle of each."
            )
    twice = [name for name, count in Counter(recipe.name for recipe in recipes).items() if count > 1]
    if twice:
        raise DataError(
            f"{', '.join(twice)} is named more than once; wanted each member once. Leave one out, or rename its file."
        )
    return first.findings
