"""A float ONNX model in QDQ form, as ONNX Runtime's quantize_static makes it.

  tools/peers/quantize_with_onnxruntime MODEL.onnx QDQ.onnx [--type s8] [--per_channel]

Ranges are minimum and maximum over the first training images. QDQ.f32 beside the model
gets the float32 logits of the first test images, [N][10], from ONNX Runtime without any
optimisation: dequantise, compute in float, quantise.
"""

import argparse
import logging
import pathlib
import tempfile

import numpy as np
import onnxruntime
from onnxruntime import quantization

from cifar10 import normalised, read_pixels

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = {"u8": quantization.QuantType.QUInt8, "s8": quantization.QuantType.QInt8}
MAX_BATCH = 64


class Images(quantization.CalibrationDataReader):
    """Batches of images as the model's input, of one size: histograms need that."""

    def __init__(self, images):
        size = max(n for n in range(1, MAX_BATCH + 1) if len(images) % n == 0)
        self.batches = iter(np.split(images, len(images) // size))

    def get_next(self):
        batch = next(self.batches, None)
        return None if batch is None else {"input": batch}


def quantise(model, qdq, images, activations, per_channel, method):
    """Writes `qdq`, calibrated on normalised images; `activations` is u8 or s8."""
    with tempfile.TemporaryDirectory() as folder:
        folded = pathlib.Path(folder) / "folded.onnx"
        # Folds batch norm.
        quantization.quant_pre_process(model, folded, skip_symbolic_shape=True)
        quantization.quantize_static(
            folded, qdq, Images(images), quant_format=quantization.QuantFormat.QDQ,
            activation_type=TYPES[activations], weight_type=quantization.QuantType.QInt8,
            per_channel=per_channel, calibrate_method=method)


def plain_logits(model, images):
    """Of the model as it stands: nothing is fused."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(None, {"input": images})[0]


def parse():
    parser = argparse.ArgumentParser(prog="quantize_with_onnxruntime", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("model", type=pathlib.Path)
    add("qdq", type=pathlib.Path)
    add("--type", choices=TYPES, default="u8", help="of activations; weights are s8")
    add("--per_channel", action="store_true", help="a scale for each output channel")
    add("--calibration_images", type=int, default=200)
    add("--logits", type=int, default=100, help="test images whose logits are kept")
    add("--data_path", type=pathlib.Path, default=ROOT / "testdata/cifar10")
    return parser.parse_args()


def main():
    # It advises to pre-process, which is done.
    logging.getLogger().setLevel(logging.ERROR)
    options = parse()
    calibration = normalised(
        read_pixels(options.data_path / "data_batch_1.bin", options.calibration_images))
    quantise(options.model, options.qdq, calibration, options.type, options.per_channel,
             quantization.CalibrationMethod.MinMax)
    test = normalised(read_pixels(options.data_path / "test_batch.bin", options.logits))
    plain_logits(options.qdq, test).astype("<f4").tofile(options.qdq.with_suffix(".f32"))


if __name__ == "__main__":
    main()
