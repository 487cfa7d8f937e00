"""One QDQ model in //quant:eval, ONNX Runtime and OpenVINO, stored value by stored value.

  tools/peers/compare --model QDQ.onnx [--images 100] [--output FOLDER]
  tools/peers/compare --model QDQ.onnx --fused_nodes

The reference is ONNX Runtime without optimisation: dequantise, compute in float, quantise.
Each engine runs the whole net; then the reference computes every layer from that engine's
own stored values, so that a layer answers only for itself:

  differ     share of a layer's outputs that are not the reference's
  LSB        the largest difference, in steps
  whole net  share that differs from the reference's own run, with what earlier layers add

Exit code 1 if ours differs from the reference by more than 1 LSB or on more than 1e-4 of a
layer's outputs. Build first: bazel build --config=opt //quant:eval
"""

import argparse
import json
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

from cifar10 import normalised, read_pixels
from int8_engines import OnnxRuntime, OpenVino
from programs import EVAL, ROOT, Failed, execute, require
from qdq_graph import QdqGraph

OURS, FUSED, OPENVINO = "lockstep", "ONNX Runtime, optimised", "OpenVINO"
# A run of ours that takes longer than this has failed.
RUN_LIMIT_S = 600
CLASSES = 10
MAX_LSB, MAX_SHARE = 1, 1e-4
# What ONNX Runtime leaves in float.
FLOAT_OPERATORS = {"Add", "AveragePool", "Conv", "FusedConv", "FusedGemm", "Gemm",
                   "GlobalAveragePool", "MatMul", "Relu"}


# -- engines: {name: u8 codes [N, elements]} and logits --------------------------


class Reference:
    """ONNX Runtime on the model as it stands."""

    def __init__(self, model, graph):
        self.graph = graph
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                                    providers=["CPUExecutionProvider"])

    def run(self, feeds):
        names = [output.name for output in self.session.get_outputs()]
        return self.graph.values(dict(zip(names, self.session.run(names, feeds))))


def run_fused(graph, images, path):
    session = OnnxRuntime(path).session(1)
    names = [output.name for output in session.get_outputs()]
    return graph.values(dict(zip(names, session.run(names, {graph.input: images}))))


def run_openvino(graph, images, path):
    import openvino
    compiled = openvino.Core().compile_model(path, "CPU", {
        "INFERENCE_NUM_THREADS": 1,
        # What is not in 8 bits would be in bf16 on CPUs that have it.
        "INFERENCE_PRECISION_HINT": "f32"})
    found = compiled([images])
    return graph.values({output.any_name: found[output] for output in compiled.outputs})


def run_ours(graph, options, folder):
    command = [EVAL, "--model", options.model, "--data_path", options.data_path,
               "--limit", options.images, "--dump_values", folder]
    execute(command, RUN_LIMIT_S)
    stored = {entry["name"]: np.fromfile(folder / entry["file"], np.uint8)
              for entry in json.loads((folder / "values.json").read_text())}
    missing = [name for name in graph.names if name not in stored]
    if missing:
        raise Failed(f"//quant:eval did not store {', '.join(missing)}")
    codes = {name: stored[name].reshape(options.images, -1) for name in graph.names}
    logits = np.fromfile(folder / "logits.f32", "<f4").reshape(-1, CLASSES)
    return codes, logits


# -- comparison ------------------------------------------------------------------


def difference(a, b):
    """(share that differs, largest difference in LSB)"""
    steps = np.abs(a.astype(np.int16) - b)
    return float((steps > 0).mean()), int(steps.max())


def compare(graph, reference, layers, images, engine):
    """What an engine's codes and logits are against the reference's."""
    codes, logits = engine
    whole, expected = reference
    alone, _ = layers.run(graph.given(codes, images))
    rows = []
    for name in graph.names:
        share, steps = difference(codes[name], alone[name])
        rows.append({"value": name, "differ": share, "lsb": steps,
                     "whole": difference(codes[name], whole[name])[0]})
    return {"rows": rows, "worst_lsb": max(row["lsb"] for row in rows),
            "worst_share": max(row["differ"] for row in rows),
            "top1": float((logits.argmax(1) == expected.argmax(1)).mean()),
            "logits": float(np.abs(logits - expected).max())}


def markdown(options, results, left_out, nodes):
    text = f"# {options.model.name}: {options.images} images, stored values\n"
    for engine, result in results.items():
        text += (f"\n## {engine}\n\n| value | differ | LSB | whole net |\n|---|---:|---:|---:|\n")
        for row in result["rows"]:
            text += (f"| {row['value']} | {row['differ']:.2e} | {row['lsb']} | "
                     f"{row['whole']:.2e} |\n")
    text += ("\n## In short\n\n| engine | worst layer | LSB | same class | logits off by |\n"
             "|---|---:|---:|---:|---:|\n")
    for engine, result in results.items():
        text += (f"| {engine} | {result['worst_share']:.2e} | {result['worst_lsb']} | "
                 f"{100 * result['top1']:.2f} % | {result['logits']:.3g} |\n")
    text += "\n"
    for engine, why in left_out.items():
        text += f"- {engine} left out: {why}\n"
    for how, counts in nodes.items():
        text += f"- ONNX Runtime, {how}: {describe(counts)}\n"
    return text


def describe(nodes):
    return ", ".join(f"{count} {name}" for name, count in sorted(nodes.items()))


# -- main ------------------------------------------------------------------------


def parse():
    parser = argparse.ArgumentParser(prog="compare", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--model", type=pathlib.Path, required=True, help="QDQ ONNX file")
    add("--images", type=int, default=100, help="test images, the first ones")
    add("--data_path", type=pathlib.Path, default=ROOT / "testdata/cifar10")
    add("--peers_only", action="store_true", help="leave //quant:eval out")
    add("--fused_nodes", action="store_true",
        help="only print what ONNX Runtime makes of the model; exit code 1 if it computes "
        "anything in float")
    add("--output", type=pathlib.Path, help="folder for compare.md and compare.json")
    options = parser.parse_args()
    if not options.peers_only and not options.fused_nodes:
        require(parser, EVAL)
    return options


def check_fused(options):
    nodes = OnnxRuntime(options.model).facts()
    print(describe(nodes))
    floats = sorted(FLOAT_OPERATORS & set(nodes))
    if floats:
        print(f"compare: in float: {', '.join(floats)}", file=sys.stderr)
    return 1 if floats else 0


def run(options, folder):
    model = onnx.load(options.model)
    graph = QdqGraph(model)
    pixels = read_pixels(options.data_path / "test_batch.bin", options.images)
    images = normalised(pixels) if graph.reads_floats else pixels
    exposed = folder / "exposed.onnx"
    onnx.save(graph.exposed(), exposed)
    reference = Reference(graph.exposed(), graph).run({graph.input: images})
    layers = Reference(graph.cut(), graph)
    engines = {FUSED: lambda: run_fused(graph, images, exposed),
               OPENVINO: lambda: run_openvino(graph, images, exposed)}
    if not options.peers_only:
        engines[OURS] = lambda: run_ours(graph, options, folder)
    results, left_out = {}, {}
    for engine, work in engines.items():
        try:
            results[engine] = compare(graph, reference, layers, images, work())
        except (Failed, RuntimeError) as why:
            left_out[engine] = str(why).strip().splitlines()[-1]
    nodes = {"optimised": OnnxRuntime(options.model).facts(),
             "optimised with its stored tensors as outputs, as here": OnnxRuntime(exposed).facts()}
    text = markdown(options, results, left_out, nodes)
    print(text, end="")
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        (options.output / "compare.md").write_text(text)
        (options.output / "compare.json").write_text(json.dumps(results, indent=1))
    if options.peers_only:
        return 0
    ours = results.get(OURS)
    return 0 if ours and ours["worst_lsb"] <= MAX_LSB and ours["worst_share"] <= MAX_SHARE else 1


def main():
    options = parse()
    if options.fused_nodes:
        return check_fused(options)
    with tempfile.TemporaryDirectory() as folder:
        return run(options, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
