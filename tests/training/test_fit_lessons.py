"""Fitting: what is drawn, what is learnt from, and going on after a kill as if there had been none."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf

from device.film.prepare import fit_square, prepare
from tests.disks import fill, tiny_disk
from tests.films import chest
from tests.training.kept_weights import equal
from tests.training.recipes import TINY
from training.data import augment
from training.data.cache import SIDE, CacheSpec, squares
from training.data.sources import DataError, Row
from training.examples import (
    MOST_REPEATS,
    Examples,
    allowed_findings,
    draw_weights,
    finding_batches,
    train_input,
)
from training.fit import (
    Batch,
    Judged,
    MakeBatch,
    balanced_accuracy,
    by_balanced_accuracy,
    disagreement,
    fit,
    partial_label_loss,
)
from training.models import FAMILIES, build_model
from training.models.norms import restate_norms
from training.recipe import FINDINGS, Recipe, load_recipe, recipes_folder
from training.run import _inputs, cache_spec, load_member

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
"""TensorFlow's variables and numpy 2, inside Keras."""

# The same input in training as on the device.


@pytest.mark.parametrize("tone", ["even", "plain"])
@pytest.mark.parametrize("fit_how", ["stretch", "shortest"])
def test_a_clean_film_makes_the_same_input_in_training_bit_for_bit(tmp_path: Path, fit_how: str, tone: str) -> None:
    path = tmp_path / "film.png"
    cv2.imwrite(str(path), chest(2))
    recipe = replace(TINY, side=SIDE, channels=3, fit=fit_how, tone=tone)
    kept = squares((Row(path, ("NORMAL",), "", "p1"),), CacheSpec(fit_how, tone == "even", 1, seed=1), tmp_path)
    assert kept.shape == (1, 2, SIDE, SIDE)
    assert np.array_equal(_inputs(np.asarray(kept[:, 0]), recipe), prepare(chest(2), recipe.input))


def test_an_unchanged_square_goes_through_the_devices_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augment, "strong", lambda square, rng: square)
    recipe = replace(TINY, side=SIDE)
    square = fit_square(chest(3), recipe.fit, SIDE, trim=True)
    made = train_input(square, recipe.input, "strong", np.random.default_rng(1))
    assert np.array_equal(made, prepare(chest(3), recipe.input)[0])


@pytest.mark.parametrize("side", [160, 100])
def test_a_smaller_input_differs_by_one_resampling_only(side: int) -> None:
    # Training keeps squares of SIDE and brings them to the member's side; the device goes there at once.
    recipe = replace(TINY, side=side, low=0.0, high=255.0)
    square = fit_square(chest(4), recipe.fit, SIDE, trim=True)
    assert np.abs(_inputs(square[None], recipe) - prepare(chest(4), recipe.input)).mean() < 3


def test_cached_squares_are_made_once(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    cv2.imwrite(str(path), chest(5))
    rows = (Row(path, ("NORMAL",), "", "p1"),)
    spec = CacheSpec("stretch", True, 2, seed=1)
    first = np.array(squares(rows, spec, tmp_path))
    path.unlink()
    assert np.array_equal(squares(rows, spec, tmp_path), first)
    assert not np.array_equal(first[0, 1], first[0, 2])


def test_squares_of_other_films_are_not_taken_for_these(tmp_path: Path) -> None:
    # As many films, and even the same ones in another order: the run folder was used for another split before.
    for number in range(2):
        cv2.imwrite(str(tmp_path / f"{number}.png"), chest(number))
    one, other = (Row(tmp_path / f"{number}.png", ("NORMAL",), "", "p1") for number in range(2))
    spec = CacheSpec("stretch", True, 0, seed=1)
    first, second = squares((one,), spec, tmp_path), squares((other,), spec, tmp_path)
    assert not np.array_equal(first, second)
    assert np.array_equal(squares((other, one), spec, tmp_path), np.concatenate([second, first]))


def test_a_member_that_sees_more_learns_from_larger_squares(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    cv2.imwrite(str(path), chest(5))
    rows = (Row(path, ("NORMAL",), "", "p1"),)
    usual = replace(load_recipe("mobilenet_035_sure"), photos=0.0)
    made = {side: squares(rows, cache_spec(replace(usual, side=side)), tmp_path).shape for side in (100, 160, 224)}
    assert made == {100: (1, 1, SIDE, SIDE), 160: (1, 1, SIDE, SIDE), 224: (1, 1, 291, 291)}
    # The squares of those that see less are the same, and are kept once.
    assert len(list(tmp_path.glob("squares-*.npy"))) == 2


def test_squares_are_made_after_tensorflow_has_run(tmp_path: Path) -> None:
    # As in `filmside-train run`, where one member is fitted before the next one's squares are made.
    build_model(TINY, 6, None)(np.zeros((8, 32, 32, 1), np.float32), training=True)
    rows = []
    for number in range(6):
        cv2.imwrite(str(tmp_path / f"{number}.png"), chest(number))
        rows.append(row(number, "A", "NORMAL"))
    rows = [replace(one, path=tmp_path / one.path.with_suffix(".png")) for one in rows]
    assert squares(tuple(rows), CacheSpec("stretch", True, 1, seed=1), tmp_path).shape == (6, 2, SIDE, SIDE)


# What is drawn.


def row(number: int, origin: str, *findings: str) -> Row:
    return Row(Path(f"{number}.jpg"), findings, origin, str(number))


def test_classes_are_drawn_alike_and_origins_by_their_root() -> None:
    rows = tuple(row(place, "A", "NORMAL") for place in range(64))
    rows += tuple(row(place, "B", "NORMAL") for place in range(100, 116))
    rows += tuple(row(place, "A", "COVID-19") for place in range(200, 240))
    weights = draw_weights(rows, balance=True)
    assert weights.sum() == pytest.approx(1)
    share: Counter[tuple[str, str]] = Counter()
    for one, weight in zip(rows, weights, strict=True):
        share[one.name, one.origin] += weight
    assert share["NORMAL", "A"] + share["NORMAL", "B"] == pytest.approx(0.5)
    # 64 and 16 films: as 8 to 4.
    assert share["NORMAL", "A"] == pytest.approx(2 * share["NORMAL", "B"])


def test_a_rare_class_is_not_repeated_without_end() -> None:
    rows = tuple(row(place, "A", "TUBERCULOSIS" if place < 60 else "NORMAL") for place in range(1000))
    weights = draw_weights(rows, balance=True)
    assert MOST_REPEATS / 2 / len(rows) < weights[0] < MOST_REPEATS / len(rows) * 2
    assert weights[0] > 5 * weights[-1]


def test_a_class_too_rare_to_be_learnt_is_not_repeated() -> None:
    rows = tuple(row(place, "A", "EMPHYSEMA" if place < 30 else "NORMAL") for place in range(1000))
    weights = draw_weights(rows, balance=True)
    assert weights == pytest.approx(np.full(1000, 0.001))


def test_films_known_by_their_group_count_half_a_class() -> None:
    rows = tuple(row(place, "A", "NORMAL") for place in range(10))
    rows += tuple(row(place, "A", "PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL") for place in range(10, 20))
    weights = draw_weights(rows, balance=True)
    assert weights[10:].sum() == pytest.approx(weights[:10].sum() / 2)
    assert draw_weights(rows, balance=False) == pytest.approx(np.full(20, 0.05))


def test_what_a_film_may_show() -> None:
    rows = (row(0, "A", "NORMAL"), row(1, "A", "PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL"))
    table = allowed_findings(rows, FINDINGS)
    assert [[FINDINGS[place] for place in np.flatnonzero(line)] for line in table] == [
        list(one.findings) for one in rows
    ]


# What is learnt from.


def test_for_single_findings_the_loss_is_the_ordinary_cross_entropy() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(16, 6)).astype(np.float32) * 4
    truth = np.eye(6, dtype=np.float32)[rng.integers(6, size=16)]
    for smoothing in (0.0, 0.1):
        ordinary = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)(truth, logits)
        assert float(partial_label_loss(logits, truth, smoothing)) == pytest.approx(float(ordinary), rel=1e-5)


def test_for_a_group_the_loss_asks_for_any_of_it() -> None:
    logits = np.log(np.array([[0.5, 0.3, 0.2]], np.float32))
    assert float(partial_label_loss(logits, np.array([[1, 1, 0]], np.float32), 0.0)) == pytest.approx(-np.log(0.8))
    swapped = np.log(np.array([[0.3, 0.5, 0.2]], np.float32))
    assert float(partial_label_loss(swapped, np.array([[1, 1, 0]], np.float32), 0.0)) == pytest.approx(-np.log(0.8))


def test_a_mixture_is_charged_for_each_film_by_its_part() -> None:
    logits = np.log(np.array([[0.5, 0.3, 0.2], [0.7, 0.2, 0.1]], np.float32))
    first = np.array([[0.25, 0, 0], [0, 1, 1]], np.float32)
    second = np.array([[0, 0, 0.75], [0, 0, 0]], np.float32)  # the other film is alone
    got = float(partial_label_loss(logits, np.stack([first, second], axis=1), 0.0))
    assert got == pytest.approx((-0.25 * np.log(0.5) - 0.75 * np.log(0.2) - np.log(0.3)) / 2)


def test_films_and_their_photos_are_to_be_answered_alike() -> None:
    sure, other = np.log(np.float32([0.98, 0.01, 0.01])), np.log(np.float32([0.01, 0.98, 0.01]))
    assert float(disagreement(np.stack([sure, other, sure, other]))) == pytest.approx(0, abs=1e-6)
    assert float(disagreement(np.stack([sure, other, other, sure]))) == pytest.approx(0.632, abs=0.01)
    half = float(disagreement(np.stack([sure, other, sure, sure])))
    assert half == pytest.approx(0.632 / 2, abs=0.01)


def test_a_consistent_batch_is_clean_films_and_then_photos_of_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augment, "strong", lambda square, rng: square)
    recipe = replace(TINY, consistency=1.0, side=SIDE, tone="plain", low=0.0, high=255.0)
    # Film n is n bright, its photos 100 and 200 more.
    views = np.arange(24)[:, None] + np.array([0, 100, 200])[None]
    made = np.broadcast_to(views[:, :, None, None], (24, 3, SIDE, SIDE)).astype(np.uint8)
    films = Examples(made, np.eye(24, dtype=np.float32), np.full(24, 1 / 24))
    inputs, allowed = finding_batches(recipe, films)(3)
    clean, photos = np.split(np.rint(inputs[:, 0, 0, 0]).astype(int), 2)
    assert (clean < 24).all()
    assert np.array_equal(photos % 100, clean)
    assert (photos >= 100).all()
    assert np.array_equal(allowed.argmax(axis=1), np.tile(clean, 2))


@pytest.mark.parametrize("change", ["batch = 7\nphotos = 0.5", "batch = 8\nphotos = 0.0"])
def test_consistency_that_cannot_be_had_is_said(tmp_path: Path, change: str) -> None:
    text = "\n".join(
        f"{field.name} = {json.dumps(getattr(TINY, field.name))}"
        for field in fields(TINY)
        if field.name not in {"name", "batch", "photos", "consistency"}
    )
    (tmp_path / "one.toml").write_text(f"{text}\n{change}\nconsistency = 1.0\n")
    with pytest.raises(DataError, match="Give an even batch and photos above 0"):
        load_recipe(str(tmp_path / "one.toml"))


def test_balanced_accuracy_is_the_mean_over_findings() -> None:
    def model(inputs: np.ndarray, training: bool) -> dict[str, np.ndarray]:
        assert not training
        return {"logits": inputs.reshape(len(inputs), -1)[:, :3]}

    truth = [0] * 40 + [1] * 20 + [2] * 3
    guess = [0] * 30 + [1] * 10 + [1] * 20 + [0] * 3
    inputs = np.eye(3, dtype=np.float32)[guess][:, None, :, None]
    allowed = np.vstack([np.eye(3, dtype=np.float32)[truth]])
    # Three films of finding 2 are too few to choose an epoch by.
    assert balanced_accuracy(model, Judged(inputs, allowed)) == pytest.approx((30 / 40 + 1) / 2)  # type: ignore[arg-type]
    # Seven views of three films are three films.
    seven = Judged(inputs.repeat(7, axis=0), allowed.repeat(7, axis=0), 7)
    assert balanced_accuracy(model, seven) == pytest.approx((30 / 40 + 1) / 2)  # type: ignore[arg-type]


# Going on.


def lessons(recipe: Recipe) -> tuple[MakeBatch, Judged]:
    """Two findings that a child could tell apart: bright above or bright below."""
    rng = np.random.default_rng(1)
    made = rng.integers(60, 120, (24, 1, SIDE, SIDE), dtype=np.uint8)
    made[::2, :, : SIDE // 2] += 100
    made[1::2, :, SIDE // 2 :] += 100
    allowed = np.eye(len(FINDINGS), dtype=np.float32)[np.arange(24) % 2]
    make = finding_batches(recipe, Examples(made, allowed, np.full(24, 1 / 24)))
    return make, Judged(_inputs(made[:, 0], recipe), allowed)


def fitted(recipe: Recipe, folder: Path, make: MakeBatch, judge: Judged) -> list[np.ndarray]:
    keras.utils.set_random_seed(recipe.seed)
    model = build_model(recipe, len(FINDINGS), None)
    fit(recipe, model, make, 3, by_balanced_accuracy(judge), folder)
    return [np.asarray(weight) for weight in model.get_weights()]


def test_a_killed_fit_goes_on_to_the_weights_of_an_unbroken_one(tmp_path: Path) -> None:
    make, judge = lessons(TINY)
    unbroken = fitted(TINY, tmp_path / "unbroken", make, judge)

    def until_killed(number: int) -> Batch:
        if number == 4:
            raise KeyboardInterrupt
        return make(number)

    asked: list[int] = []

    def watched(number: int) -> Batch:
        asked.append(number)
        return make(number)

    with pytest.raises(KeyboardInterrupt):
        fitted(TINY, tmp_path / "broken", until_killed, judge)
    resumed = fitted(TINY, tmp_path / "broken", watched, judge)
    assert sorted(asked) == [3, 4, 5], "it goes on after the last whole epoch"
    assert equal(unbroken, resumed)
    record = [json.loads((tmp_path / name / "fit.json").read_text()) for name in ("unbroken", "broken")]
    assert record[0] == record[1]
    assert len(record[0]["history"]) == 2
    assert record[0]["recipe"]["name"] == "tiny"
    # What was finished is finished.
    assert equal(fitted(TINY, tmp_path / "broken", until_killed, judge), resumed)


def test_weights_of_another_network_by_the_same_name_are_neither_used_nor_lost(tmp_path: Path) -> None:
    make, judge = lessons(TINY)
    fitted(TINY, tmp_path / "run" / TINY.name, make, judge)
    kept = (tmp_path / "run" / TINY.name / "best.weights.h5").read_bytes()
    changed = replace(TINY, alpha=0.5, channels=3, epochs=TINY.epochs + 1)
    says = rf"alpha was {TINY.alpha} and is 0.5; channels was {TINY.channels} and is 3\. .* of its own"
    with pytest.raises(DataError, match=says):
        fitted(changed, tmp_path / "run" / TINY.name, make, judge)
    with pytest.raises(DataError, match=says):
        load_member(changed, tmp_path / "run", len(FINDINGS))
    assert (tmp_path / "run" / TINY.name / "best.weights.h5").read_bytes() == kept
    # More epochs are another fit of the same network.
    assert load_member(replace(TINY, epochs=9), tmp_path / "run", len(FINDINGS)).count_params()


def test_a_full_disk_loses_no_epoch_that_was_kept(tmp_path: Path) -> None:
    make, judge = lessons(TINY)
    longer = replace(TINY, epochs=5)
    unbroken = fitted(longer, tmp_path / "unbroken", make, judge)
    with tiny_disk(tmp_path / "disk", 64) as disk:
        fillers: list[Path] = []

        def until_full(number: int) -> Batch:
            if number == 12:
                fillers.append(fill(disk))
            return make(number)

        with pytest.raises(
            DataError, match=r"Epoch 5 cannot be kept in \S+ \(No space left on device\); wanted .* The 4 before"
        ):
            fitted(longer, disk / "tiny", until_full, judge)
        record = json.loads((disk / "tiny" / "fit.json").read_text())
        assert len(record["history"]) == 4
        build_model(longer, len(FINDINGS), None).load_weights(disk / "tiny" / "best.weights.h5")
        with pytest.raises(DataError, match=r"Epoch 5 cannot be kept in \S+ \(No space left on device\)"):
            fitted(longer, disk / "tiny", make, judge)
        fillers[0].unlink()
        asked: list[int] = []

        def watched(number: int) -> Batch:
            asked.append(number)
            return make(number)

        resumed = fitted(longer, disk / "tiny", watched, judge)
        assert sorted(asked) == [12, 13, 14]
        assert equal(unbroken, resumed)
        log = (disk / "tiny" / "fit.log").read_text().splitlines()
        assert [line.split(": ")[1] for line in log] == [f"epoch {number} of 5" for number in (1, 2, 3, 4, 5)]
        assert sorted(path.name for path in (disk / "tiny").iterdir()) == [
            "best.weights.h5", "checkpoint", "fit.json", "fit.log", "tensorboard",
        ]  # fmt: skip


def test_the_last_epochs_are_judged_each_and_the_first_now_and_then(tmp_path: Path) -> None:
    make, judge = lessons(TINY)
    fitted(replace(TINY, epochs=11), tmp_path, make, judge)
    history = json.loads((tmp_path / "fit.json").read_text())["history"]
    judged = [place + 1 for place, line in enumerate(history) if "validation_balanced_accuracy" in line]
    assert judged == [5, 9, 10, 11]
    assert all(line["loss"] > 0 for line in history)


def test_tensorboard_shows_every_epoch_once(tmp_path: Path) -> None:
    make, judge = lessons(TINY)

    def until_killed(number: int) -> Batch:
        if number == 4:
            raise KeyboardInterrupt
        return make(number)

    with pytest.raises(KeyboardInterrupt):
        fitted(TINY, tmp_path, until_killed, judge)
    fitted(TINY, tmp_path, make, judge)
    shown: dict[str, list[tuple[int, float]]] = {}
    for file in sorted((tmp_path / "tensorboard").iterdir()):
        for event in tf.compat.v1.train.summary_iterator(str(file)):
            for value in event.summary.value:
                shown.setdefault(value.tag, []).append((event.step, float(tf.make_ndarray(value.tensor))))
    history = json.loads((tmp_path / "fit.json").read_text())["history"]
    assert [step for step, _ in shown["loss"]] == [1, 2]
    assert [value for _, value in shown["loss"]] == pytest.approx([line["loss"] for line in history])
    assert shown["learning_rate"][0][1] > shown["learning_rate"][1][1] > 0
    assert len(shown["validation_balanced_accuracy"]) == sum("validation_balanced_accuracy" in line for line in history)


def test_a_batch_depends_on_its_number_alone() -> None:
    make, _ = lessons(TINY)
    for one, other in zip(make(7), make(7), strict=True):
        assert np.array_equal(one, other)
    assert not np.array_equal(make(7)[0], make(8)[0])
    assert make(7)[0].shape == (8, 32, 32, 1)


# Models and recipes.


def test_folded_norms_get_statistics_and_the_network_stays_as_it_was() -> None:
    keras.utils.set_random_seed(3)
    model = build_model(TINY, 6, None)
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    rng = np.random.default_rng(3)
    for norm in norms:  # As a converter leaves them: an identity with a bias.
        width = norm.gamma.shape[0]
        norm.set_weights([np.ones(width), rng.normal(size=width), np.zeros(width), np.ones(width)])
    films = rng.uniform(-1, 1, (40, 32, 32, 1)).astype(np.float32)
    for layer in model.layers:
        if isinstance(layer, keras.layers.SpatialDropout2D):
            layer.rate = 0.0
    folded = model.get_weights()
    before = model(films, training=False)["logits"].numpy()
    fitting_before = model(films, training=True)["logits"].numpy()
    model.set_weights(folded)  # Fitting has moved them.
    restate_norms(model, films, batch=16)
    assert model(films, training=False)["logits"].numpy() == pytest.approx(before, abs=1e-4)
    # What each norm has kept is what it sees, so the network is the same while it is fitted.
    seen = keras.Model(model.inputs[0], norms[0].input)(films).numpy().reshape(-1, norms[0].gamma.shape[0])
    assert np.asarray(norms[0].moving_mean) == pytest.approx(seen.mean(axis=0), abs=1e-4)
    assert np.asarray(norms[0].moving_variance) == pytest.approx(seen.var(axis=0), rel=1e-3, abs=1e-6)
    assert model(films, training=True)["logits"].numpy() == pytest.approx(before, abs=1e-2)
    assert np.abs(fitting_before - before).max() > 0.1, "untouched, its norms do something else while it is fitted"


def weights_file(folder: Path, change) -> Path:  # type: ignore[no-untyped-def]
    recipe = replace(TINY, family="mobilenet_v2", channels=3, alpha=0.35)
    backbone = keras.applications.MobileNetV2(
        input_tensor=keras.Input((32, 32, 3)), alpha=0.35, include_top=False, weights=None
    )
    arrays = {f"{layer.name}/{one.name}": one.numpy() + 0.5 for layer in backbone.layers for one in layer.weights}
    change(arrays)
    path = folder / "weights.npz"
    np.savez(path, **arrays)
    assert recipe.alpha == 0.35
    return path


MOBILE = replace(TINY, family="mobilenet_v2", channels=3, alpha=0.35, weights="weights.npz")


@pytest.mark.filterwarnings("ignore:`input_shape` is undefined")
def test_weights_that_fit_are_taken(tmp_path: Path) -> None:
    weights_file(tmp_path, lambda arrays: None)
    model = build_model(MOBILE, 6, tmp_path)
    kernel = model.get_layer("Conv1").weights[0]
    assert np.load(tmp_path / "weights.npz")["Conv1/kernel"] == pytest.approx(kernel.numpy())


@pytest.mark.filterwarnings("ignore:`input_shape` is undefined")
def test_weights_that_do_not_fit_name_everything_that_differs(tmp_path: Path) -> None:
    def spoil(arrays: dict[str, np.ndarray]) -> None:
        del arrays["bn_Conv1/gamma"]
        arrays["Conv9/kernel"] = np.zeros(3)
        arrays["Conv1/kernel"] = arrays["Conv1/kernel"][:, :, :, :5]
        arrays["Conv_1/kernel"] = arrays["Conv_1/kernel"][..., 0]

    weights_file(tmp_path, spoil)
    with pytest.raises(DataError) as found:
        build_model(MOBILE, 6, tmp_path)
    for part in (
        "bn_Conv1/gamma is missing",
        "Conv9/kernel is left over",
        "Conv1/kernel is (3, 3, 3, 5), wanted (3, 3, 3, 16)",
        "Conv_1/kernel is (1, 1, 112), wanted (1, 1, 112, 1280)",
        "Use the right file.",
    ):
        assert part in str(found.value)


def test_weights_that_are_missing_say_how_to_give_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Give the folder that holds it with --weights"):
        build_model(MOBILE, 6, None)
    with pytest.raises(DataError, match=r"There are no weights .*weights\.npz"):
        build_model(MOBILE, 6, tmp_path)


def test_an_unknown_family_is_named() -> None:
    families = "mobilenet_v2, resnet50, resnet152, custom_cnn, vit, scout"
    with pytest.raises(DataError, match=f"has the family 'perceptron'; wanted one of {families}"):
        build_model(replace(TINY, family="perceptron"), 6, None)


@pytest.mark.parametrize("name", sorted(path.stem for path in recipes_folder().glob("*.toml")))
def test_every_shipped_recipe_loads_and_tells_its_source(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.family in FAMILIES
    assert (recipes_folder() / f"{name}.toml").read_text(encoding="utf-8").startswith("# ")


def test_a_recipe_that_is_wrong_names_the_key(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    whole = 'family = "custom_cnn"\nside = 32\nchannels = 1\nfit = "stretch"\ntone = "even"\nepochs = 1\nbatch = 4\n'
    path.write_text(whole + "learning_rate = 0.1\ncolour = 7\n")
    with pytest.raises(DataError, match=r"mine\.toml has the unknown key colour; known are alike_.*, alpha, augment"):
        load_recipe(str(path))
    path.write_text(whole)
    with pytest.raises(DataError, match=r"mine\.toml lacks learning_rate\. Add it\."):
        load_recipe(str(path))
    with pytest.raises(DataError, match="There is no recipe nothing; shipped are custom_cnn"):
        load_recipe("nothing")
