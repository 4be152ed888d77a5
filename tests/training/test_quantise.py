"""What int8 costs: a network made ready for it says what it said, and goes on saying it once TFLite has rounded it."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from tests.training.recipes import TINY
from training import convert
from training.convert import LiteModel, to_int8, to_int8_by_rounding
from training.models import build_model
from training.models.head import class_activation_head
from training.quantise import ready_for_int8
from training.quantise.compensate import compensate
from training.quantise.equalise import equalise, streams
from training.quantise.fold import fold
from training.quantise.held import hold
from training.quantise.layers import is_convolution
from training.quantise.rounding import LARGEST, Range, best_range, round_flow, round_kernel
from training.quantise.tune import Rounded, Tuning, tune


def soft_films(count: int, seed: int) -> NDArray[np.float32]:
    """Soft pictures with light and dark in them; noise alone would leave no two inputs that go along."""
    rng = np.random.default_rng(seed)
    soft = tf.image.resize(rng.uniform(-1, 1, (count, 6, 6, 3)), (32, 32), method="bicubic").numpy()
    return np.asarray(np.clip(soft + rng.normal(0, 0.05, soft.shape), -1, 1), np.float32)


@pytest.fixture(scope="module")
def films() -> NDArray[np.float32]:
    return soft_films(128, 1)


def norm(flow: keras.KerasTensor) -> keras.KerasTensor:
    """A batch norm that keeps the statistics of the last batch alone."""
    return keras.layers.BatchNormalization(momentum=0.0)(flow)


def block(flow: keras.KerasTensor, width: int) -> keras.KerasTensor:
    """What MobileNetV2 is made of: wider, each channel for itself, narrow again without an activation."""
    flow = keras.layers.ReLU(6.0)(norm(keras.layers.Conv2D(4 * width, 1, use_bias=False)(flow)))
    flow = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False)(flow)
    return norm(keras.layers.Conv2D(width, 1, use_bias=False)(keras.layers.ReLU(6.0)(norm(flow))))


@pytest.fixture(scope="module")
def member(films: NDArray[np.float32]) -> keras.Model:
    """A small network of MobileNetV2's parts, not taught, its batch norms no two alike.

    MobileNetV2 itself, untaught, is so deep that the smallest rounding changes all it says.
    """
    keras.utils.set_random_seed(5)
    film = keras.Input((32, 32, 3), name="film")
    flow = keras.layers.Conv2D(12, 3, strides=2, padding="same", use_bias=False, name="first")(film)
    flow = block(keras.layers.ReLU(6.0)(norm(flow)), 16)
    flow = keras.layers.Add(name="sum")([flow, block(flow, 16)])
    flow = keras.layers.ReLU(6.0)(norm(keras.layers.Conv2D(64, 1, use_bias=False, name="last")(flow)))
    model = keras.Model(film, class_activation_head(flow, 6, dropout=0.2), name="little")
    rng = np.random.default_rng(2)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            layer.set_weights([rng.lognormal(0, 0.7, gamma.shape), rng.normal(0, 0.5, beta.shape), mean, variance])
    model(films, training=True)
    return model


def logits(model: keras.Model, films: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(model(films, training=False)["logits"])


def test_folding_changes_no_answer_and_leaves_no_batch_norm(member: keras.Model, films: NDArray[np.float32]) -> None:
    before = [weight.copy() for weight in member.get_weights()]
    folded = fold(member)
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in folded.layers)
    assert logits(folded, films) == pytest.approx(logits(member, films), abs=1e-3)
    assert np.ptp(logits(member, films), axis=0).min() > 0.05, "all films get the same answer: this compares nothing"
    for weight, was in zip(member.get_weights(), before, strict=True):
        assert np.array_equal(weight, was)


def test_a_batch_norm_that_follows_no_convolution_is_named() -> None:
    film = keras.Input((8, 8, 1), name="film")
    flow = keras.layers.ReLU(name="before")(keras.layers.Conv2D(4, 3, use_bias=False)(film))
    head = class_activation_head(keras.layers.BatchNormalization(name="late")(flow), 6, dropout=0)
    with pytest.raises(ValueError, match="late follows before; wanted a convolution"):
        fold(keras.Model(film, head))


def test_every_stream_of_a_mobilenet_is_found() -> None:
    recipe = replace(TINY, family="mobilenet_v2", alpha=0.35, side=32, channels=3)
    # Seven widths between the blocks, each read by the blocks that take it in and by the next width's first.
    found = streams(fold(build_model(recipe, 6, None)))
    assert [len(stream.readers) for stream in found] == [1, 2, 3, 4, 3, 3, 1]
    # The custom CNN has an activation behind every convolution: nothing to scale.
    assert streams(fold(build_model(TINY, 6, None))) == []


def test_equalising_changes_no_answer_and_lets_channels_reach_alike(
    member: keras.Model, films: NDArray[np.float32]
) -> None:
    network = fold(member)
    found = streams(network)
    assert len(found) == 1

    def reaches() -> list[NDArray[np.float64]]:
        made = []
        for stream in found:
            watched = keras.Model(network.inputs[0], [layer.output for layer in stream.layers])
            flows = watched(films, training=False)
            flows = flows if isinstance(flows, list) else [flows]
            made.append(np.max([np.abs(np.asarray(flow)).max(axis=(0, 1, 2)) for flow in flows], axis=0))
        return made

    uneven = reaches()
    equalise(network, films)
    assert logits(network, films) == pytest.approx(logits(member, films), abs=1e-3)
    for was, now in zip(uneven, reaches(), strict=True):
        assert was.max() > 1.2 * was.min()
        assert now.max() < 1.01 * now.min()


def test_ranges_hold_what_tensorflow_holds() -> None:
    rng = np.random.default_rng(3)
    values = np.asarray(rng.normal(0, 2, 5000), np.float32)
    limits = Range(-3.1, 5.2)
    ours = round_flow(values, limits)
    assert ours == pytest.approx(tf.quantization.fake_quant_with_min_max_args(values, -3.1, 5.2).numpy(), abs=1e-4)
    assert len(np.unique(ours)) <= 256


def test_a_range_is_drawn_in_for_a_few_far_values_only() -> None:
    rng = np.random.default_rng(4)
    even = np.asarray(rng.uniform(-1, 1, 100_000), np.float32)
    far = np.append(np.asarray(rng.normal(0, 1, 100_000), np.float32), np.float32(9.0))
    assert best_range(even, even) == Range.of(even)
    drawn_in = best_range(far, far)
    assert drawn_in.high < 0.9 * 9.0
    assert drawn_in.low == pytest.approx(far.min(), rel=0.15), "the end without far values stays"
    assert Range.of(np.ones(3, np.float32)) == Range(0.0, 1.0)


def grid(kernel: NDArray[np.floating]) -> NDArray[np.float64]:
    """Weights in steps of their output's scale, (groups, inputs, outputs)."""
    return np.asarray(kernel / (np.abs(kernel).max(axis=1, keepdims=True) / LARGEST), np.float64)


def test_a_kernel_lands_on_the_grid_that_tflite_finds() -> None:
    rng = np.random.default_rng(5)
    for shape in ((1, 40, 7), (12, 9, 1)):
        kernel = rng.normal(0, 1, shape)
        inputs = rng.normal(0, 1, (shape[0], 3 * shape[1], shape[1])) @ rng.normal(0, 1, (shape[1], shape[1]))
        rounded = round_kernel(kernel, np.einsum("gni,gnj->gij", inputs, inputs) / inputs.shape[1])
        steps = grid(rounded)
        assert steps == pytest.approx(np.rint(steps), abs=1e-6)
        # The scale is that of the kernel itself, so TFLite, which takes it from the largest weight, finds it too.
        assert np.abs(rounded).max(axis=1) == pytest.approx(np.abs(kernel).max(axis=1))


def test_a_kernel_of_unrelated_inputs_is_simply_rounded() -> None:
    kernel = np.random.default_rng(6).normal(0, 1, (1, 30, 5))
    simply = np.rint(grid(kernel)) / LARGEST * np.abs(kernel).max(axis=1, keepdims=True)
    assert round_kernel(kernel, np.eye(30)[None]) == pytest.approx(simply)


def test_errors_of_inputs_that_go_along_cancel() -> None:
    rng = np.random.default_rng(7)
    inputs = rng.normal(0, 1, (4000, 4)) @ rng.normal(0, 1, (4, 40)) + 0.05 * rng.normal(0, 1, (4000, 40))
    kernel = rng.normal(0, 1, (1, 40, 20))
    simply = np.rint(grid(kernel)) / LARGEST * np.abs(kernel).max(axis=1, keepdims=True)

    def off(rounded: NDArray[np.floating]) -> float:
        return float(np.square(inputs @ (rounded[0] - kernel[0])).mean())

    assert off(round_kernel(kernel, (inputs.T @ inputs / len(inputs))[None])) < 0.3 * off(simply)


def test_biases_take_back_what_rounding_adds_to_a_mean(member: keras.Model, films: NDArray[np.float32]) -> None:
    network = fold(member)
    ranges = compensate(network, films)
    one_by_one = hold(network, ranges)
    rounded = np.concatenate([np.asarray(one_by_one(film[None])["maps"]) for film in films]).mean(axis=(1, 2))
    off = rounded - logits(member, films)
    assert np.abs(off.mean(axis=0)).max() < 0.2 * off.std(axis=0).min()


def tuning(steps: int) -> Tuning:
    """So many steps, each of 32 films of its own."""
    return Tuning(lambda number: soft_films(32, 1000 + number), steps)


@pytest.mark.parametrize("steps", [0, 10], ids=["rounded", "tuned"])
def test_tflite_takes_over_the_weights_and_ranges_as_they_were_made(
    member: keras.Model, films: NDArray[np.float32], steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(convert, "ready_for_int8", lambda *given: made.append(ready_for_int8(*given)) or made[0])
    content = to_int8(member, films, tuning(steps) if steps else None)
    (ready,) = made
    interpreter = Interpreter(model_content=content)
    kernels = [layer.get_weights()[0] for layer in ready.layers if is_convolution(layer)]
    ours = sorted(float(np.abs(kernel).sum()) for kernel in kernels)
    theirs = []
    for tensor in interpreter.get_tensor_details():
        scales = tensor["quantization_parameters"]["scales"]
        if tensor["dtype"] == np.int8 and len(tensor["shape"]) == 4 and len(scales) > 1:
            shape = [1] * 4
            shape[tensor["quantization_parameters"]["quantized_dimension"]] = -1
            theirs.append(float(np.abs(interpreter.get_tensor(tensor["index"]) * scales.reshape(shape)).sum()))
    assert sorted(theirs) == pytest.approx(ours, rel=1e-4)
    held = {layer.name for layer in ready.layers if layer.name.endswith("_held")}
    assert {"film_held", "sum_held", "maps_held", "logits_held"} <= held
    ours_say = np.concatenate([np.asarray(ready(film[None])["maps"]) for film in films[:32]]).mean(axis=(1, 2))
    assert LiteModel(content).logits(films[:32]) == pytest.approx(ours_say, abs=0.02 * float(np.std(ours_say)))


def off(answers: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.square(answers - wanted).mean()))


def test_a_film_gets_nearer_its_float32_answer_than_by_tflites_own_rounding(
    member: keras.Model, films: NDArray[np.float32]
) -> None:
    learnt, new = films[:96], films[96:]
    ours, theirs = (
        off(LiteModel(content).logits(new), logits(member, new))
        for content in (to_int8(member, learnt), to_int8_by_rounding(member, learnt))
    )
    assert ours < 0.75 * theirs, f"{ours:.4f} against {theirs:.4f}"


def badly_rounded(member: keras.Model, films: NDArray[np.float32]) -> tuple[keras.Model, dict[str, Range]]:
    """The member folded, no weight rounded for what goes along with it, all ranges thrice as wide as they need be."""
    network = fold(member)
    weights = network.get_weights()
    ranges = compensate(network, films)
    network.set_weights(weights)
    return network, {name: Range(3 * limits.low, 3 * limits.high) for name, limits in ranges.items()}


def test_tuning_brings_answers_nearer_and_tunes_what_a_recipe_froze_too(
    member: keras.Model, films: NDArray[np.float32]
) -> None:
    fitted = [weight.copy() for weight in member.get_weights()]
    network, ranges = badly_rounded(member, films)
    first = network.get_layer("first")
    first.trainable = False
    was, bias = first.get_weights()
    before = np.asarray(Rounded(network, ranges)(films)["logits"])
    now = tune(network, ranges, member, tuning(100))
    after = np.asarray(Rounded(network, now)(films)["logits"])
    wanted = logits(member, films)
    assert off(after, wanted) < 0.8 * off(before, wanted), f"{off(after, wanted):.4f}, {off(before, wanted):.4f} before"
    kernel, moved = first.get_weights()
    assert not np.allclose(moved, bias, atol=1e-4)
    steps = grid(kernel.reshape(1, -1, kernel.shape[3]))
    assert steps == pytest.approx(np.rint(steps), abs=1e-3)
    # TFLite takes a scale from the largest weight: it stays.
    assert np.abs(kernel).max(axis=(0, 1, 2)) == pytest.approx(np.abs(was).max(axis=(0, 1, 2)), rel=1e-5)
    assert all(limits.low <= 0 < limits.high for limits in now.values())
    assert {limits.low for name, limits in now.items() if ranges[name].low == 0} == {0.0}, "where activations begin"
    for weight, as_fitted in zip(member.get_weights(), fitted, strict=True):
        assert np.array_equal(weight, as_fitted), "what is tuned is a copy"


def test_tuning_that_comes_no_nearer_leaves_all_as_it_was(member: keras.Model, films: NDArray[np.float32]) -> None:
    network = fold(member)
    equalise(network, films)
    ranges = compensate(network, films)
    was = network.get_weights()
    # Rounding costs this network next to nothing.
    assert tune(network, ranges, member, tuning(400)) == ranges
    for weight, before in zip(network.get_weights(), was, strict=True):
        assert np.array_equal(weight, before)
