"""The encoder as it is packaged, back in torch: whole numbers times their scales.

Training goes on from it where the fp32 weights of the last training were not kept; an encoder that
starts so is as near to those as the packaged one is, a cosine of 0.997.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import BertConfig, BertModel

from kb.embedders.built_in import STATE_SIZE

_LAYERS, _HEADS, _INNER, _POSITIONS = 6, 12, 1536, 512
# the matrices of a layer in the order of the graph; the last is stored otherwise, see `quantise`
_MATRICES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_MULTIPLIED = ("MatMulInteger", "MatMul")


def packaged(path: Path) -> tuple[BertModel, torch.Tensor]:
    """The layers, without their table, and the table of piece vectors, from contextual.onnx."""
    graph = onnx.load(str(path)).graph
    arrays = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    config = BertConfig(
        vocab_size=1,  # the table is looked up outside
        hidden_size=STATE_SIZE,
        num_hidden_layers=_LAYERS,
        num_attention_heads=_HEADS,
        intermediate_size=_INNER,
        max_position_embeddings=_POSITIONS,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model = BertModel(config, add_pooling_layer=False)
    model.embeddings.word_embeddings = torch.nn.Identity()
    state = {
        name.removeprefix("model."): torch.from_numpy(array.copy())
        for name, array in arrays.items()
        if name.startswith("model.")
    }
    state |= _matrices(graph, arrays)
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or any("position_ids" not in name for name in missing):
        raise SystemExit(f"{path} is not an encoder of `quantise`: {missing} {unexpected}")
    table = arrays["table"].astype(np.float32) * arrays["table_scales"]
    return model, torch.from_numpy(table)


def _matrices(graph: onnx.GraphProto, arrays: Mapping[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """The weights of all layers, turned as torch has them: a row an output."""
    found = []
    for node in graph.node:
        weight = node.input[1] if node.op_type in _MULTIPLIED else ""
        if weight.endswith("_quantized") and weight in arrays:
            scales = arrays[weight.replace("_quantized", "_scale")]
            zeros = arrays[weight.replace("_quantized", "_zero_point")]
            found.append((arrays[weight].astype(np.float32) - zeros) * scales)
        elif weight.endswith("_fp32"):
            stem = weight.removesuffix("_fp32")
            found.append(arrays[f"{stem}_int8"].astype(np.float32) * arrays[f"{stem}_scales"])
    names = [
        f"encoder.layer.{layer}.{name}.weight" for layer in range(_LAYERS) for name in _MATRICES
    ]
    return {
        name: torch.from_numpy(np.ascontiguousarray(matrix.T))
        for name, matrix in zip(names, found, strict=True)
    }
