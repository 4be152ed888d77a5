"""What a member makes of films before it names anything, taken from the TFLite file that ships."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from device.reading.member import SIGNATURE, quantised, real


def features(member_file: Path, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Penultimate features (films, channels) of prepared inputs (films, side, side, channels).

    The layer that the class-activation maps are made from, averaged over its places: the head is linear, so these
    are all that the logits depend on. Each film as it lies, also with a mirrored member.
    """
    content = member_file.read_bytes()
    with warnings.catch_warnings():
        # It warns of the memory that keeping every layer takes.
        warnings.filterwarnings("ignore", "Warning: Enabling `experimental_preserve_all_tensors`")
        interpreter = Interpreter(model_content=content, num_threads=2, experimental_preserve_all_tensors=True)
    interpreter.allocate_tensors()
    film, last = _film(interpreter), _tensor(interpreter, _feeds_head(content))
    made = []
    for one in inputs:
        interpreter.set_tensor(film["index"], quantised(one[None], film))
        interpreter.invoke()
        made.append(real(interpreter.get_tensor(last["index"]), last)[0].mean(axis=(0, 1)))
    return np.stack(made)


def _film(interpreter: Any) -> dict[str, Any]:
    # A function of its own: no interpreter runs while a signature's runner holds on to it.
    return dict(interpreter.get_signature_runner(SIGNATURE).get_input_details()["film"])


def _feeds_head(content: bytes) -> int:
    """The index of the tensor that the head's convolution is fed with."""
    # A delegate takes the layers' names away, and there is no public way to ask which layer makes a tensor.
    graph = Interpreter(
        model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    )
    maps = graph.get_signature_runner(SIGNATURE).get_output_details()["maps"]["index"]
    (head,) = (op for op in graph._get_ops_details() if maps in op["outputs"])
    if head["op_name"] != "CONV_2D":
        raise ValueError(
            f"The maps are made by {head['op_name']}; wanted a CONV_2D, as the head of training/models/head.py is "
            "converted. Convert the member again."
        )
    return int(head["inputs"][0])


def _tensor(interpreter: Any, index: int) -> dict[str, Any]:
    (tensor,) = (one for one in interpreter.get_tensor_details() if one["index"] == index)
    return dict(tensor)
