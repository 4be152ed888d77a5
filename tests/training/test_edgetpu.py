"""The Edge TPU: what keeps a file off it, by real files; the compiler's call and log, by a stand-in for it."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import flatbuffers
import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema

from device import demo
from device.reading.bundle import load_bundle
from device.reading.contract import MemberSpec
from tests.training.recipes import TINY
from training.cli import main
from training.convert import to_float32, to_int8
from training.data.sources import DataError
from training.edgetpu import Compiled, compile_for_edgetpu, compiled_told, objections, read_log
from training.models import build_model
from training.recipe import Recipe

MEMBERS = load_bundle(demo.BUNDLE).members
INT8 = MEMBERS[0].file
LOG = """Edge TPU Compiler version 16.0.384591198
Input: int8.tflite
Output: int8_edgetpu.tflite

Operator                       Count      Status

ADD                            10         Mapped to Edge TPU
CONV_2D                        35         Mapped to Edge TPU
CONV_2D                        1          More than one subgraph is not supported
SOFTMAX                        1          Mapped to Edge TPU
QUANTIZE                       2          Operation is otherwise supported, but not mapped
"""


def converted(recipe: Recipe) -> bytes:
    keras.utils.set_random_seed(1)
    films = np.random.default_rng(1).uniform(-1, 1, (16, recipe.side, recipe.side, recipe.channels)).astype(np.float32)
    return to_int8(build_model(recipe, 6, None), films)


@pytest.fixture(scope="module")
def mobile() -> bytes:
    """What packing makes of a MobileNetV2."""
    return converted(replace(TINY, family="mobilenet_v2", channels=3, alpha=0.35))


@pytest.mark.filterwarnings("ignore:`input_shape` is undefined")
def test_what_packing_makes_is_fit_for_it(mobile: bytes) -> None:
    assert objections(mobile) == ()
    assert objections(converted(TINY)) == ()


@pytest.mark.parametrize("member", MEMBERS, ids=[one.name for one in MEMBERS])
def test_nothing_keeps_a_shipped_member_off_it(member: MemberSpec) -> None:
    assert objections(member.file.read_bytes()) == ()


def test_a_float_file_is_not() -> None:
    found = objections(to_float32(build_model(TINY, 6, None)))
    assert found
    assert all("FLOAT32; wanted 8-bit integers" in one.why for one in found if one.operator == "CONV_2D")


def changed(content: bytes, change: Callable[[schema.ModelT], None]) -> bytes:
    """The file with something else in it."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))
    change(model)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def code_of(model: schema.ModelT, operator: int) -> schema.OperatorCodeT:
    (code,) = [one for one in model.operatorCodes if one.builtinCode == operator]
    return code


def test_an_operator_newer_than_the_compiler_is_named_with_its_version(mobile: bytes) -> None:
    def newer(model: schema.ModelT) -> None:
        code_of(model, schema.BuiltinOperator.CONV_2D).version = 6

    found = objections(changed(mobile, newer))
    assert {one.operator for one in found} == {"CONV_2D"}
    assert len(found) == 36
    assert found[0].why == "version 6; the compiler knows up to 5"


def test_an_operator_that_it_has_not_is_named(mobile: bytes) -> None:
    def swish(model: schema.ModelT) -> None:
        code = code_of(model, schema.BuiltinOperator.SOFTMAX)
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.HARD_SWISH

    (one,) = objections(changed(mobile, swish))
    assert (one.operator, one.why) == ("HARD_SWISH", "an Edge TPU has no such operator")


def test_a_shape_that_is_not_fixed_is_named(mobile: bytes) -> None:
    def loose(model: schema.ModelT) -> None:
        graph = model.subgraphs[0]
        graph.tensors[graph.inputs[0]].shapeSignature = np.array([-1, 32, 32, 3], np.int32)

    (one,) = objections(changed(mobile, loose))
    assert one.place == 0
    assert "has no fixed shape [-1, 32, 32, 3]; convert with a batch of 1" in one.why


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs were expected")
def test_a_dense_layer_with_a_scale_for_each_channel_is_named() -> None:
    # What TensorFlow makes today of an ordinary dense head.
    model = keras.Sequential([keras.Input((8, 8, 3), batch_size=1), keras.layers.Flatten(), keras.layers.Dense(4)])
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    rng = np.random.default_rng(1)
    converter.representative_dataset = lambda: ([rng.random((1, 8, 8, 3), np.float32)] for _ in range(8))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    found = objections(converter.convert())
    assert [one.operator for one in found] == ["FULLY_CONNECTED"]
    assert "weights with a scale for each channel" in found[0].why


@pytest.mark.parametrize("content", [b"", b"no model at all, only words that lead nowhere"])
def test_another_file_is_said(content: bytes) -> None:
    with pytest.raises(DataError, match=r"This is no TFLite file.*int8\.tflite"):
        objections(content)


# The compiler.


def stand_in(folder: Path, body: str) -> str:
    """An executable that is called as the compiler is."""
    path = folder / "edgetpu_compiler"
    path.write_text(f"#!{sys.executable}\nimport sys, pathlib\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return str(path)


WORKS = f"""
assert sys.argv[1:3] == ["--show_operations", "--out_dir"], sys.argv
out, file = pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4])
(out / (file.stem + "_edgetpu.tflite")).write_bytes(file.read_bytes())
(out / (file.stem + "_edgetpu.log")).write_text({LOG!r})
"""


def test_the_log_tells_how_many_operators_are_mapped(tmp_path: Path) -> None:
    made = compile_for_edgetpu(INT8, tmp_path / "out", stand_in(tmp_path, WORKS))
    assert (made.mapped, made.operators) == (46, 49)
    assert made.file == tmp_path / "out" / f"{INT8.stem}_edgetpu.tflite"
    said = compiled_told(made)
    assert "46 of 49 operators are mapped to the Edge TPU" in said
    assert "1 CONV_2D on the CPU: More than one subgraph is not supported" in said


def test_a_log_without_operators_has_none() -> None:
    assert read_log("Edge TPU Compiler version 16.0.384591198\nInput: a\n\nOperator    Count      Status\n") == ()
    assert Compiled(Path("x"), ()).operators == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("sys.exit('Internal compiler error. Aborting!')", r"exit code 1\); it said: Internal compiler error"),
        ("print('done')", r"exit code 0\); it said: done"),
        (WORKS.replace("Mapped", "").replace("write_text(", "write_text('' and "), "tells of no operator"),
    ],
)
def test_a_compiler_that_fails_is_said(body: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said):
        compile_for_edgetpu(INT8, tmp_path, stand_in(tmp_path, body))


def test_the_command_checks_first_and_says_what_is_missing(
    mobile: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "int8.tflite"
    file.write_bytes(mobile)
    assert main(["edgetpu", str(file), "--check-only"]) == 0
    assert "Nothing in this file keeps it off an Edge TPU." in capsys.readouterr().out
    assert main(["edgetpu", str(demo.BUNDLE / "scout.tflite"), "--check-only"]) == 1
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["edgetpu", str(file), "--out", str(tmp_path)]) == 2
    assert "edgetpu_compiler is not installed" in capsys.readouterr().err
    stand_in(tmp_path, WORKS)
    assert main(["edgetpu", str(file), "--out", str(tmp_path / "out")]) == 0
    assert "46 of 49 operators" in capsys.readouterr().out
