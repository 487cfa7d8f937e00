"""Which values a QDQ ONNX model stores in 8 bits, and models that show or replace them."""

import copy

import numpy as np
import onnx
from onnx import TensorProto

# What hands a tensor on as it is.
PASSING = {"QuantizeLinear", "DequantizeLinear", "Flatten", "Reshape", "Identity", "Dropout",
           "Squeeze"}


class QdqGraph:
    """The stored values by the name of the float node that makes them, as ours has it."""

    def __init__(self, model):
        self.model = model
        graph = model.graph
        self.makers = {output: node for node in graph.node for output in node.output}
        constants = {tensor.name: tensor for tensor in graph.initializer}
        inputs = [value for value in graph.input if value.name not in constants]
        self.input, self.output = inputs[0].name, graph.output[0].name
        self.reads_floats = inputs[0].type.tensor_type.elem_type == TensorProto.FLOAT
        # {name: (tensor, whether it is s8)}; of several pairs of one value the first.
        self.stored = {}
        for node in graph.node:
            if node.op_type != "QuantizeLinear":
                continue
            maker = self.maker(node.input[0])
            if maker is None:
                continue
            zero = constants.get(node.input[2]) if len(node.input) > 2 else None
            signed = zero is not None and zero.data_type == TensorProto.INT8
            name = maker.name or "#" + maker.output[0]
            self.stored.setdefault(name, (node.output[0], signed))
        self.names = list(self.stored)

    def maker(self, tensor):
        """The node that computed a float tensor; None for the model's input."""
        node = self.makers.get(tensor)
        while node is not None and node.op_type in PASSING:
            node = self.makers.get(node.input[0])
        return node

    def declare(self, name, prefix=""):
        tensor, signed = self.stored[name]
        return onnx.helper.make_tensor_value_info(
            prefix + tensor, TensorProto.INT8 if signed else TensorProto.UINT8, None)

    def exposed(self):
        """The model with its stored tensors as outputs."""
        model = copy.deepcopy(self.model)
        model.graph.output.extend(self.declare(name) for name in self.names)
        return model

    def cut(self):
        """The exposed model whose layers read inputs "given.TENSOR" instead of what the layers
        before them made."""
        model = self.exposed()
        model.graph.input.extend(self.declare(name, "given.") for name in self.names)
        tensors = {tensor for tensor, _ in self.stored.values()}
        for node in model.graph.node:
            if node.op_type == "DequantizeLinear" and node.input[0] in tensors:
                node.input[0] = "given." + node.input[0]
        # Shapes are the inputs' business.
        del model.graph.value_info[:]
        return model

    def values(self, tensors):
        """{name: u8 codes [N, elements]} and the logits, from a model's outputs."""
        codes = {}
        for name, (tensor, signed) in self.stored.items():
            found = tensors[tensor]
            codes[name] = (found.view(np.uint8) ^ 0x80 if signed else found).reshape(
                len(found), -1)
        self.shapes = {name: tensors[tensor].shape for name, (tensor, _) in self.stored.items()}
        return codes, tensors[self.output]

    def given(self, codes, images):
        """The inputs of the cut model."""
        feeds = {self.input: images}
        for name, (tensor, signed) in self.stored.items():
            stored = np.ascontiguousarray(codes[name]).reshape(self.shapes[name])
            feeds["given." + tensor] = (stored ^ 0x80).view(np.int8) if signed else stored
        return feeds
