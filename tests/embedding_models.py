"""Small models for embeddings, made here as an operator would supply one, and what they see."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageFilter, ImageOps

SIDE = 288
_CELLS = 8
_CELL = SIDE // 2 // _CELLS


def model_of_the_middle(path: Path, *, weight: float = 1.0) -> Path:
    """Write a model that looks at the colours of the middle alone, in eight by eight parts.

    ``weight`` changes the file, and so the model's version, and nothing else.
    """
    nodes = (
        helper.make_node("Slice", ["picture", "from", "to", "axes"], ["middle"]),
        helper.make_node(
            "AveragePool", ["middle"], ["cells"], kernel_shape=[_CELL] * 2, strides=[_CELL] * 2
        ),
        helper.make_node("Flatten", ["cells"], ["row"]),
        helper.make_node("ReduceMean", ["row"], ["mean"], axes=[1]),
        helper.make_node("Sub", ["row", "mean"], ["off"]),
        helper.make_node("Mul", ["off", "weight"], ["weighed"]),
        helper.make_node("LpNormalization", ["weighed"], ["embedding"], axis=1, p=2),
    )
    weights: dict[str, NDArray[Any]] = {
        "from": np.array([SIDE // 4] * 2, np.int64),
        "to": np.array([SIDE * 3 // 4] * 2, np.int64),
        "axes": np.array([2, 3], np.int64),
        "weight": np.array([weight], np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "middle",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, (1, 3, SIDE, SIDE))],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, (1, None))],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    opset = helper.make_opsetid("", 17)
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=[opset], ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path


def blurred_into(photo: Path, other: Path) -> bytes:
    """Give the middle of a photo, too blurred for any place to be found, within another photo.

    Neither the picture as a whole nor places of it are left: only the colours of its middle.
    """
    size = 720, 540
    with Image.open(photo) as opened:
        shown = ImageOps.fit(opened.convert("RGB"), size)
        whole = opened.convert("RGB").resize(size).filter(ImageFilter.GaussianBlur(14))
    with Image.open(other) as opened:
        shown = ImageOps.fit(opened.convert("RGB"), size)
    box = size[0] // 8, size[1] // 8, size[0] * 7 // 8, size[1] * 7 // 8
    shown.paste(whole.crop(box), box[:2])
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=80)
    return out.getvalue()
