"""Quantises a float ONNX net with another toolkit, or runs such a net over test images.

    python int8_quantisers.py QUANTISER --model FLOAT.onnx --output QUANTISED
    python int8_quantisers.py ENGINE --model FLOAT.onnx --quantised QUANTISED --output LOGITS

QUANTISER is minmax, entropy or percentile (ONNX Runtime's quantize_static: QDQ, u8
activations, s8 weights, a scale for each output channel) or nncf (its post-training
quantisation, all defaults; nncf-minmax: ranges are the extremes of all images, not the mean
of each image's). It calibrates on the first training images, normalised as the model's
metadata says. ENGINE is onnxruntime or openvino; LOGITS are float32 [N][10] of the first test
images, and one line of JSON on standard output says what computed them.
"""

import argparse
import json
import logging
import math
import pathlib
import sys

import numpy as np
import onnx

from cifar10 import normalisation, normalised, read_pixels
from int8_engines import OnnxRuntime, OpenVino


def with_method(method):
    def quantise(model, images, output):
        from onnxruntime import quantization
        import quantize_with_onnxruntime
        quantize_with_onnxruntime.quantise(model, output, images, "u8", True,
                                           quantization.CalibrationMethod[method])
    return quantise


def with_nncf(ranges=None):
    def quantise(model, images, output):
        import nncf
        import openvino
        from nncf.quantization.range_estimator import RangeEstimatorParametersSet
        advanced = nncf.AdvancedQuantizationParameters()
        if ranges:
            advanced.activations_range_estimator_params = getattr(RangeEstimatorParametersSet,
                                                                  ranges)
        # One image each, as NNCF's documentation advises.
        dataset = nncf.Dataset([image[None] for image in images])
        quantised = nncf.quantize(openvino.Core().read_model(model), dataset,
                                  subset_size=len(images), advanced_parameters=advanced)
        openvino.save_model(quantised, output, compress_to_fp16=False)
    return quantise


QUANTISERS = {"minmax": with_method("MinMax"), "entropy": with_method("Entropy"),
              "percentile": with_method("Percentile"), "nncf": with_nncf(),
              "nncf-minmax": with_nncf("MINMAX")}


def run_onnxruntime(path, batches):
    engine = OnnxRuntime(path)
    session = engine.session(0)  # all cores
    name = session.get_inputs()[0].name
    return engine, [session.run(None, {name: batch})[0] for batch in batches]


def run_openvino(path, batches):
    engine = OpenVino(path)
    # What is not in 8 bits would be in bf16 on CPUs that have it.
    compiled = engine.compile(len(batches[0]), 0, "1 stream", INFERENCE_PRECISION_HINT="f32")
    return engine, [compiled([batch])[compiled.output(0)].copy() for batch in batches]


ENGINES = {"onnxruntime": run_onnxruntime, "openvino": run_openvino}


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("work", choices=[*QUANTISERS, *ENGINES])
    add("--model", type=pathlib.Path, required=True, help="float ONNX file")
    add("--quantised", type=pathlib.Path, help="what an engine runs; default: the float file")
    add("--data_path", type=pathlib.Path, required=True)
    add("--images", type=int, required=True, help="the first ones")
    add("--output", type=pathlib.Path, required=True)
    return parser.parse_args()


def main():
    logging.getLogger().setLevel(logging.ERROR)
    options = parse()
    quantises = options.work in QUANTISERS
    file = "data_batch_1.bin" if quantises else "test_batch.bin"
    pixels = read_pixels(options.data_path / file, options.images)
    if len(pixels) < options.images:
        sys.exit(f"{options.data_path / file} has only {len(pixels)} images")
    images = normalised(pixels, *normalisation(onnx.load(options.model)))
    if quantises:
        QUANTISERS[options.work](options.model, images, options.output)
        return
    batches = np.split(images, len(images) // math.gcd(len(images), 100))
    engine, logits = ENGINES[options.work](options.quantised or options.model, batches)
    np.concatenate(logits).astype("<f4").tofile(options.output)
    print(json.dumps({"version": engine.version(), "nodes": engine.facts()}))


if __name__ == "__main__":
    main()
