"""A recipe: one TOML file, one experiment, every number of it."""

from __future__ import annotations

import sys
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path

from device.values import InputSpec
from training.data.sources import DataError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FINDINGS = ("COVID-19", "EMPHYSEMA", "NORMAL", "PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL", "TUBERCULOSIS")
GROUPS = {
    "PNEUMONIA": ("PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL"),
    "ABNORMAL": ("COVID-19", "EMPHYSEMA", "PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL", "TUBERCULOSIS"),
}


LATER = ("alike", "mean")
"""The fits that may follow a first one, as the folders of their records are named."""

KEPT_A_STEP = 0.999
"""The share of itself that such a fit's running mean keeps at each step: half of it is of the last 700."""


@dataclass(frozen=True)
class Recipe:
    """One member's experiment.

    `family` names a file of training/models; `alpha` is a MobileNet's width; `weights` is a file name in the folder
    of weights, "imagenet" (Keras' own download) or "" (from nothing). `photos` is the share of training pictures that
    are rendered photos; `augment` is "strong" or "plain"; `balance` weighs classes and, within a class, origins.
    `surroundings` is the share of training pictures whose rim is another film's, `mixed` of those mixed with a mate.
    `restate_norm` gives folded batch norms statistics from training films before the first epoch; `freeze_share` keeps
    the first part of the backbone's layers as they are.
    `findings` are those that the member tells apart, each a finding of films or a named group of them: films that show
    none of these are left out. `patch` and `layers` are a ViT's patch in pixels and its number of blocks.
    `without` names kinds of other pictures, comma between, that a gate does not learn from: to try it on them.
    `consistency` weighs how far the answers on a film's clean file and on a photo of it may lie apart; `alike_epochs`
    more at `alike_rate`, from the best weights, weigh it by `alike_consistency`.
    `mean_epochs` more at `mean_rate`, from the best weights again, are kept as the running mean of all their steps; a
    recipe may instead have that of its one fit, which at each step keeps `running_mean` of what it was.
    `groups_too` learns from films of which only a group is known, too.
    `uncertain_below` is the score below which a paper's reader says UNCERTAIN, where the recipe stands as a yardstick;
    what a packed bundle says is proved instead.
    `int8_steps` of fitting the rounded network to what the network itself says make its int8 file
    (training/quantise/tune.py), where rounding alone loses too much.
    A `mirrored` member reads every film as it is and mirrored, and votes with the mean.
    """

    name: str
    family: str
    side: int
    channels: int
    fit: str
    tone: str
    epochs: int
    batch: int
    learning_rate: float
    findings: tuple[str, ...] = FINDINGS
    weights: str = ""
    alpha: float = 1.0
    patch: int = 3
    layers: int = 8
    low: float = -1.0
    high: float = 1.0
    photos: float = 0.5
    augment: str = "strong"
    surroundings: float = 0.0
    mixed: float = 0.0
    balance: bool = True
    restate_norm: bool = False
    freeze_share: float = 0.0
    label_smoothing: float = 0.0
    weight_decay: float = 0.0
    consistency: float = 0.0
    alike_epochs: int = 0
    alike_rate: float = 0.0
    alike_consistency: float = 0.0
    mean_epochs: int = 0
    mean_rate: float = 0.0
    running_mean: float = 0.0
    groups_too: bool = True
    mirrored: bool = False
    uncertain_below: float = 0.0
    int8_steps: int = 0
    without: str = ""
    seed: int = 1

    @property
    def network(self) -> str:
        """The family, with its width where it comes in several."""
        return f"{self.family} {self.alpha}" if self.family in ("mobilenet_v2", "scout") else self.family

    @property
    def later(self) -> dict[str, Recipe]:
        """The fits that follow one another from the best weights of the one before, by the names of their records."""
        # Lots of their own: they would begin with the very batches that the first fit began with.
        alone = replace(self, alike_epochs=0, mean_epochs=0, seed=self.seed + 1000)
        alike = replace(
            alone, epochs=self.alike_epochs, learning_rate=self.alike_rate, consistency=self.alike_consistency
        )
        before = alike if self.alike_epochs else alone
        mean = replace(
            before,
            epochs=self.mean_epochs,
            learning_rate=self.mean_rate,
            running_mean=KEPT_A_STEP,
            seed=self.seed + 2000,
        )
        return {name: fit for name, fit in zip(LATER, (alike, mean), strict=True) if fit.epochs}

    @property
    def input(self) -> InputSpec:
        """What `device.film.prepare` is asked for."""
        return InputSpec(self.side, self.channels, self.fit, self.tone, self.low, self.high)


def recipes_folder() -> Path:
    """Where the shipped recipes lie."""
    return Path(__file__).parent / "recipes"


def shown_by(finding: str) -> tuple[str, ...]:
    """What films of a recipe's finding show: it is one of FINDINGS, or names a group of them."""
    return GROUPS.get(finding, (finding,))


def load_recipe(name_or_path: str) -> Recipe:
    """A shipped recipe by name, or any by path. Raises DataError that names the key."""
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = recipes_folder() / f"{name_or_path}.toml"
    if not path.is_file():
        shipped = ", ".join(sorted(file.stem for file in recipes_folder().glob("*.toml")))
        raise DataError(f"There is no recipe {name_or_path}; shipped are {shipped}. Name one, or a .toml file.")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {field.name for field in fields(Recipe)}
    needed = {field.name for field in fields(Recipe) if field.default is MISSING} - {"name"}
    if unknown := set(table) - known:
        raise DataError(
            f"{path} has the unknown key {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}."
        )
    if missing := needed - set(table):
        raise DataError(f"{path} lacks {', '.join(sorted(missing))}. Add it.")
    recipe = Recipe(**{"name": path.stem, **table, "findings": tuple(table.get("findings", FINDINGS))})
    _check_findings(recipe, path)
    if recipe.alike_epochs and not (recipe.alike_rate and recipe.alike_consistency):
        raise DataError(f"{path} has alike_epochs {recipe.alike_epochs}; give alike_rate and alike_consistency too.")
    if recipe.mean_epochs and (recipe.running_mean or not recipe.mean_rate):
        raise DataError(
            f"{path} has mean_epochs {recipe.mean_epochs}; give mean_rate too, and no running_mean: that is for the "
            "first fit, from which those epochs go on."
        )
    if (recipe.consistency or recipe.alike_epochs) and (not recipe.photos or recipe.batch % 2):
        raise DataError(
            f"{path} asks for consistency with batch {recipe.batch} and photos {recipe.photos}; a batch is then half "
            "clean films and half their photos. Give an even batch and photos above 0, or no consistency."
        )
    return recipe


def _check_findings(recipe: Recipe, path: Path) -> None:
    known = (*FINDINGS, *GROUPS)
    if strange := [finding for finding in recipe.findings if finding not in known]:
        raise DataError(
            f"{path} names {', '.join(map(repr, strange))} among its findings, which no film is known by; known are "
            f"{', '.join(known)}. Correct it."
        )
    shown = [name for finding in recipe.findings for name in shown_by(finding)]
    if len(recipe.findings) < 2 or len(set(shown)) < len(shown):
        raise DataError(
            f"{path} has the findings {', '.join(recipe.findings) or 'none'}; wanted two or more, and no film to show "
            "two of them. Name others."
        )
