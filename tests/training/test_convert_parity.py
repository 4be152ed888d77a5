"""A Keras member and its TFLite files: the same scores, and the shape that the device is promised."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from device.reading.contract import MemberSpec
from device.reading.member import Member, softmax
from tests.training.recipes import TINY
from training.convert import LiteModel, parity, to_float32, to_int8, to_int8_by_rounding
from training.models import build_model
from training.recipe import Recipe


class Made:
    """A member that has learnt nothing but has batch norms that have seen something, and its two files."""

    def __init__(self, recipe: Recipe) -> None:
        keras.utils.set_random_seed(5)
        self.recipe = recipe
        self.model = build_model(recipe, 6, None)
        rng = np.random.default_rng(1)
        self.inputs = rng.uniform(-1, 1, (24, recipe.side, recipe.side, recipe.channels)).astype(np.float32)
        for _ in range(30):
            self.model(self.inputs, training=True)
        self.float32 = to_float32(self.model)
        self.int8 = to_int8(self.model, self.inputs)

    def spec(self, file: Path) -> MemberSpec:
        rows, columns = self.model.output["maps"].shape[1:3]
        return MemberSpec("tiny", file, "", "", "", self.recipe.input, 6, (rows, columns), 1.0, 1.0)


@pytest.fixture(scope="module")
def made() -> Made:
    return Made(TINY)


def test_the_float32_file_is_the_keras_model_within_a_ten_thousandth(made: Made) -> None:
    same = parity(made.model, made.float32, made.inputs)
    assert same.scores < 1e-4
    assert same.maps < 1e-3
    scores = made.model(made.inputs, training=False)["scores"].numpy()
    assert np.ptp(scores, axis=0).max() > 0.01, "all inputs get the same scores: this compares nothing"


def test_the_parity_check_sees_another_model(made: Made) -> None:
    keras.utils.set_random_seed(6)
    other = build_model(made.recipe, 6, None)
    for _ in range(30):
        other(made.inputs, training=True)
    assert parity(other, made.float32, made.inputs[:4]).scores > 1e-2


def test_the_device_reads_both_files_as_training_does(made: Made, tmp_path: Path) -> None:
    for name, content in (("float32", made.float32), ("int8", made.int8)):
        file = tmp_path / f"{name}.tflite"
        file.write_bytes(content)
        member, lite = Member(made.spec(file)), LiteModel(content)
        for one in made.inputs[:3]:
            raw = member.answer(one[None])
            assert raw.logits == pytest.approx(lite.logits(one[None])[0], abs=1e-5)
            assert raw.maps.shape == (*made.spec(file).maps, 6)
            if name == "float32":
                keras_says = made.model(one[None], training=False)["scores"].numpy()[0]
                assert softmax(raw.logits, 1.0) == pytest.approx(keras_says, abs=1e-4)


def test_a_mirrored_member_says_the_same_of_a_film_and_its_mirror_image(made: Made, tmp_path: Path) -> None:
    file = tmp_path / "float32.tflite"
    file.write_bytes(made.float32)
    once, twice = Member(made.spec(file)), Member(replace(made.spec(file), mirrored=True))
    film = made.inputs[:1]
    image = np.ascontiguousarray(film[:, :, ::-1])
    one_way, other_way, both = once.answer(film), once.answer(image), twice.answer(film)
    assert np.abs(one_way.logits - other_way.logits).max() > 1e-3, "this member cannot tell a film from its image"
    assert both.logits == pytest.approx((one_way.logits + other_way.logits) / 2, abs=1e-5)
    # The maps lie as the film lies, so those of its image lie the other way round.
    assert both.maps == pytest.approx((one_way.maps + other_way.maps[:, ::-1]) / 2, abs=1e-5)
    assert twice.answer(image).maps == pytest.approx(both.maps[:, ::-1], abs=1e-5)
    # Training chooses temperatures and weights by the same vote.
    assert LiteModel(made.float32).logits(film, mirrored=True)[0] == pytest.approx(both.logits, abs=1e-5)


def test_int8_stays_near_float32(made: Made) -> None:
    floats, ints = (LiteModel(content).logits(made.inputs) for content in (made.float32, made.int8))
    assert np.abs(floats - ints).mean() < 0.1 * floats.std()


def test_the_int8_file_is_int8_from_end_to_end(made: Made) -> None:
    # The plain kernels: the fast ones would put tensors of their own between the layers.
    interpreter = Interpreter(model_content=made.int8, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    runner = interpreter.get_signature_runner("serving_default")
    side, channels = made.recipe.side, made.recipe.channels
    inputs, outputs = runner.get_input_details(), runner.get_output_details()
    assert set(inputs) == {"film"}
    assert set(outputs) == {"maps", "scores"}
    assert tuple(inputs["film"]["shape"]) == (1, side, side, channels)
    assert tuple(outputs["scores"]["shape"]) == (1, 6)
    assert tuple(outputs["maps"]["shape"]) == (1, *made.spec(Path()).maps, 6)
    assert {detail["dtype"] for detail in (*inputs.values(), *outputs.values())} == {np.int8}
    kinds = {tensor["dtype"] for tensor in interpreter.get_tensor_details()}
    assert np.float32 not in kinds


def scales_of_the_weights(content: bytes) -> list[int]:
    """How many scales each convolution's weights (int8, four axes, not batch 1 alone) have."""
    interpreter = Interpreter(model_content=content)
    details = interpreter.get_tensor_details()
    return [
        len(tensor["quantization_parameters"]["scales"])
        for tensor in details
        if tensor["dtype"] == np.int8 and len(tensor["shape"]) == 4 and _is_constant(interpreter, tensor)
    ]


def _is_constant(interpreter: Interpreter, tensor: dict) -> bool:  # type: ignore[type-arg]
    """Weights can be read before any tensor is allocated; what flows between the layers cannot."""
    try:
        interpreter.get_tensor(tensor["index"])
    except ValueError:
        return False
    return True


def test_weights_have_a_scale_for_each_channel(made: Made) -> None:
    each = scales_of_the_weights(made.int8)
    assert len(each) >= 6
    assert all(count > 1 for count in each)
    # The old way, one scale a layer, is there to be compared with.
    old = to_int8_by_rounding(made.model, made.inputs, per_tensor=True)
    assert set(scales_of_the_weights(old)) == {1}
