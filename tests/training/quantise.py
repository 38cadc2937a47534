"""The encoder as an int8 ONNX file that onnxruntime runs without torch.

A plain dynamic export has a cosine of 0.947 to its own fp32: one scale for a whole weight matrix,
and one for all inputs of a layer, whose few large values leave little room for the others. Here
each output channel of a weight has its own scale; and the second feed-forward matrix of each layer,
whose inputs are the ones with large values, multiplies in fp32 and is only stored as int8. Weights
keep to seven bits, so that processors without VNNI instructions do not overflow
(https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html). The piece table is
int8 with a scale a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch.nn import functional
from transformers import BertModel

_WIDTH = 384


class _Exported(torch.nn.Module):
    """Piece numbers, 0 being padding, to unit vectors."""

    def __init__(self, table: torch.Tensor, model: BertModel, head: torch.nn.Linear | None) -> None:
        super().__init__()
        self.table = torch.nn.Embedding.from_pretrained(table)
        self.model = model
        self.head = head

    def forward(self, pieces: torch.Tensor) -> torch.Tensor:
        mask = (pieces != 0).float()
        states = last_states(
            self.model, self.model.embeddings(inputs_embeds=self.table(pieces)), mask
        )
        pooled = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return functional.normalize(self.head(pooled) if self.head else pooled, dim=-1)


def last_states(model: BertModel, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The states (texts, pieces, width) after all layers, in operations that ONNX has. `mask` is 1.0
    for pieces and 0.0 for padding.
    """
    bias = ((1.0 - mask) * -1e4)[:, None, None, :]
    for layer in model.encoder.layer:
        attention, own = layer.attention, layer.attention.self
        rows, length, width = states.shape
        heads = (rows, length, own.num_attention_heads, own.attention_head_size)
        query, key, value = (
            part(states).view(heads).transpose(1, 2) for part in (own.query, own.key, own.value)
        )
        likeness = query @ key.transpose(-1, -2) * own.attention_head_size**-0.5 + bias
        context = (likeness.softmax(-1) @ value).transpose(1, 2).reshape(rows, length, width)
        states = attention.output(context, states)
        states = layer.output(layer.intermediate(states), states)
    return states


def export(
    table: torch.Tensor, model: BertModel, path: Path, head: torch.nn.Linear | None = None
) -> None:
    """Write an encoder as fp32 ONNX: its piece table, layers and, where it has one, head."""
    module = _Exported(table, model, head).eval()
    example = torch.tensor([[101, 2054, 102], [101, 102, 0]])
    torch.onnx.export(
        module,
        (example,),
        str(path),
        input_names=["pieces"],
        output_names=["vectors"],
        dynamo=False,
        dynamic_axes={"pieces": {0: "texts", 1: "length"}, "vectors": {0: "texts"}},
        opset_version=17,
    )


def quantise(source: Path, target: Path) -> None:
    """Write the int8 file from the fp32 one."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = onnx.load(str(source))
    weights = {each.name: list(each.dims) for each in model.graph.initializer}
    second = [
        node.name
        for node in model.graph.node
        if node.op_type == "MatMul" and weights.get(node.input[1], [0, 0])[0] > _WIDTH
    ]
    quantize_dynamic(
        str(source),
        str(target),
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=second,
        extra_options={"MatMulConstBOnly": True},
    )
    model = onnx.load(str(target))
    _store_small(model, second)
    _quantise_table(model)
    onnx.save(model, str(target))


def _store_small(model: onnx.ModelProto, names: Sequence[str]) -> None:
    """Store the weights of these multiplications as int8, turned into fp32 again when the model
    loads.
    """
    graph = model.graph
    for node in [each for each in graph.node if each.name in names]:
        weight = next(each for each in graph.initializer if each.name == node.input[1])
        values = numpy_helper.to_array(weight)
        scales = (np.abs(values).max(axis=0) / 127).astype(np.float32)
        whole = np.round(values / scales).astype(np.int8)
        names_of = [f"{weight.name}_{part}" for part in ("int8", "scales", "zeros", "fp32")]
        made = [whole, scales, np.zeros(len(scales), np.int8)]
        graph.initializer.remove(weight)
        graph.initializer.extend(
            [numpy_helper.from_array(v, n) for v, n in zip(made, names_of[:3], strict=True)]
        )
        back = helper.make_node("DequantizeLinear", names_of[:3], [names_of[3]], axis=1)
        node.input[1] = names_of[3]
        graph.node.insert(0, back)


def _quantise_table(model: onnx.ModelProto) -> None:
    """Turn the largest fp32 table, which a Gather reads, into int8 rows and their scales."""
    graph = model.graph
    table = max(
        (each for each in graph.initializer if each.data_type == TensorProto.FLOAT),
        key=lambda t: np.prod(t.dims),
    )
    rows = numpy_helper.to_array(table)
    scales = (np.abs(rows).max(axis=1, keepdims=True) / 127).astype(np.float32)
    whole = np.round(rows / np.maximum(scales, 1e-12)).astype(np.int8)
    gather = next(
        node for node in graph.node if node.op_type == "Gather" and node.input[0] == table.name
    )
    output = gather.output[0]
    graph.initializer.remove(table)
    graph.initializer.extend(
        [numpy_helper.from_array(whole, "table"), numpy_helper.from_array(scales, "table_scales")]
    )
    place = list(graph.node).index(gather)
    graph.node.remove(gather)
    made = [
        helper.make_node("Gather", ["table", gather.input[1]], ["whole_rows"], axis=0),
        helper.make_node("Gather", ["table_scales", gather.input[1]], ["row_scales"], axis=0),
        helper.make_node("Cast", ["whole_rows"], ["float_rows"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["float_rows", "row_scales"], [output]),
    ]
    for offset, node in enumerate(made):
        graph.node.insert(place + offset, node)
