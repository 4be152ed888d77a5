"""ResNet and ViT as members: they build, fit, convert as they are, and say where they looked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from keras.src.applications.resnet import ResNet, stack_residual_blocks_v1
from numpy.typing import NDArray

from tests.training.recipes import TINY
from training.convert import LiteModel, parity, to_float32, to_int8
from training.data.sources import DataError
from training.fit import Judged, by_balanced_accuracy, fit
from training.models import build_model, resnet
from training.quantise.fold import fold
from training.quantise.layers import is_rounded_after
from training.recipe import Recipe

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
"""TensorFlow's variables and numpy 2, inside Keras."""

RESNET = replace(TINY, name="resnet", family="resnet50", channels=3)
VIT = replace(TINY, name="vit", family="vit", side=24, patch=4, layers=2)
GRIDS = {"resnet": (4, 4), "vit": (6, 6)}


def little_resnet(**options: object) -> keras.Model:
    """A ResNet of Keras' own blocks, one of each kind."""

    def blocks(flow: keras.KerasTensor) -> keras.KerasTensor:
        flow = stack_residual_blocks_v1(flow, 8, 2, stride1=1, name="conv2")
        return stack_residual_blocks_v1(flow, 16, 2, name="conv3")

    return ResNet(blocks, False, True, **options)


@pytest.fixture(autouse=True)
def no_large_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(resnet.NETWORKS, "resnet50", little_resnet)


def films(recipe: Recipe, count: int = 24) -> NDArray[np.float32]:
    """Made-up inputs, one half brighter above and the other below."""
    made = np.random.default_rng(1).uniform(-0.5, 0.5, (count, recipe.side, recipe.side, recipe.channels))
    made[::2, : recipe.side // 2] += 0.5
    made[1::2, recipe.side // 2 :] += 0.5
    return made.astype(np.float32)


def seen(recipe: Recipe) -> keras.Model:
    """A member that has learnt nothing; its batch norms have seen something."""
    keras.utils.set_random_seed(5)
    model = build_model(recipe, 3, None)
    for _ in range(30):
        model(films(recipe), training=True)
    return model


@pytest.mark.parametrize("recipe", [RESNET, VIT], ids=lambda recipe: recipe.family)
def test_a_family_learns_what_a_child_could_tell(recipe: Recipe, tmp_path: Path) -> None:
    inputs, allowed = films(recipe), np.eye(3, dtype=np.float32)[np.arange(24) % 2]
    keras.utils.set_random_seed(1)
    model = build_model(recipe, 3, None)
    fit(recipe, model, lambda number: (inputs, allowed), 10, by_balanced_accuracy(Judged(inputs, allowed)), tmp_path)
    losses = [line["loss"] for line in json.loads((tmp_path / "fit.json").read_text())["history"]]
    assert losses[1] < 0.7 * losses[0]


@pytest.mark.parametrize("recipe", [RESNET, VIT], ids=lambda recipe: recipe.family)
def test_a_family_converts_as_it_is_with_a_map_for_each_finding(recipe: Recipe) -> None:
    model, inputs = seen(recipe), films(recipe)
    content = to_float32(model)
    same = parity(model, content, inputs)
    assert same.scores < 1e-4
    assert same.maps < 1e-3
    assert np.ptp(model(inputs, training=False)["scores"].numpy(), axis=0).max() > 0.01, "this compares nothing"
    said = LiteModel(content).run(inputs[0])
    assert said["maps"].shape == (*GRIDS[recipe.name], 3)
    assert said["maps"].mean(axis=(0, 1)) == pytest.approx(model(inputs[:1])["logits"].numpy()[0], abs=1e-4)


@pytest.mark.parametrize("recipe", [RESNET, VIT], ids=lambda recipe: recipe.family)
def test_a_familys_int8_file_is_int8_from_end_to_end_and_stays_near_float32(recipe: Recipe) -> None:
    model, inputs = seen(recipe), films(recipe)
    content = to_int8(model, inputs)
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    assert np.float32 not in {tensor["dtype"] for tensor in interpreter.get_tensor_details()}
    lite, floats = LiteModel(content), model(inputs, training=False)["logits"].numpy()
    assert tuple(lite.outputs["maps"]["shape"]) == (1, *GRIDS[recipe.name], 3)
    assert np.abs(lite.logits(inputs) - floats).mean() < 0.1 * floats.std()


def test_batch_norms_behind_biases_are_folded_without_a_change() -> None:
    model, inputs = seen(RESNET), films(RESNET)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.use_bias:
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel, bias + 0.3])
    folded = fold(model)
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in folded.layers)
    before = model(inputs, training=False)["logits"].numpy()
    assert np.asarray(folded(inputs, training=False)["logits"]) == pytest.approx(before, abs=1e-3)
    # TFLite runs a sum and the activation behind it as one, so only what leaves the activation is rounded.
    sums = [layer for layer in folded.layers if isinstance(layer, keras.layers.Add)]
    assert len(sums) == 4
    assert not any(is_rounded_after(layer) for layer in sums)
    assert is_rounded_after(folded.get_layer("conv3_block2_out"))


@pytest.mark.parametrize("depth", [50, 152])
def test_the_papers_resnets_have_that_many_layers(depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    model = build_model(replace(RESNET, family=f"resnet{depth}"), 3, None)
    # The first, and those of the blocks; shortcuts do not count, and the head's is the last.
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert len([layer for layer in convolutions if not layer.name.endswith("_0_conv")]) == depth
    assert model.output["maps"].shape == (None, 1, 1, 3)


def test_a_vit_of_the_papers_numbers_has_a_map_over_its_patches() -> None:
    model = build_model(replace(VIT, side=72, patch=3, layers=8), 3, None)
    assert model.output["maps"].shape == (None, 24, 24, 3)
    assert sum(isinstance(layer, keras.layers.MultiHeadAttention) for layer in model.layers) == 8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patch": 5}, "vit cuts a side of 24 into patches of 5; wanted a whole number"),
        ({"weights": "imagenet"}, "a vit has no pre-trained weights; found imagenet. Leave `weights` empty"),
        ({"weights": "imagenet", "family": "custom_cnn"}, "a custom_cnn has no pre-trained weights; found imagenet"),
    ],
)
def test_what_a_family_cannot_have_is_said(change: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        build_model(replace(VIT, **change), 3, None)


def test_weights_that_do_not_fit_a_resnet_name_everything_that_differs(tmp_path: Path) -> None:
    network = little_resnet(input_tensor=keras.Input((32, 32, 3)), include_top=False, weights=None)
    arrays = {f"{layer.name}/{one.name}": one.numpy() + 0.5 for layer in network.layers for one in layer.weights}
    np.savez(tmp_path / "whole.npz", **arrays)
    model = build_model(replace(RESNET, weights="whole.npz"), 3, tmp_path)
    assert model.get_layer("conv1_conv").get_weights()[1] == pytest.approx(arrays["conv1_conv/bias"])
    del arrays["conv1_conv/bias"]
    arrays["conv1_conv/kernel"] = arrays["conv1_conv/kernel"][:, :, :1]
    np.savez(tmp_path / "grey.npz", **arrays)
    with pytest.raises(DataError) as found:
        build_model(replace(RESNET, weights="grey.npz"), 3, tmp_path)
    assert "conv1_conv/bias is missing" in str(found.value)
    assert "conv1_conv/kernel is (7, 7, 1, 64), wanted (7, 7, 3, 64)" in str(found.value)


def test_a_download_that_fails_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_a_network(*, weights: str, **options: object) -> keras.Model:
        # In Keras' own words and of its own class.
        raise Exception(f"URL fetch failure on https://example.org/{weights}: None -- no route to host")

    monkeypatch.setitem(resnet.NETWORKS, "resnet50", without_a_network)
    with pytest.raises(DataError, match=r"resnet starts from imagenet, which Keras could not download .*from nothing"):
        build_model(replace(RESNET, weights="imagenet"), 3, None)
