"""What int8 costs in accuracy: ours, ONNX Runtime's quantiser and NNCF on one float net.

  tools/peers/int8_accuracy --model MODEL.onnx --data_path DIR [--output FOLDER]
  tools/peers/int8_accuracy --quick

All calibrate on the same training images, the first ones, normalised as the model's metadata
says, and then classify the same test images, each in its own engine:

  lockstep              //quant:bench with its defaults
  ONNX Runtime          quantize_static: QDQ, u8 activations, s8 weights per channel; MinMax,
                        Entropy and Percentile; its optimised kernels
  NNCF in OpenVINO      quantize(), all defaults, of the ONNX file as OpenVINO reads it
  NNCF, MinMax          the same but for ranges: the extremes of all images, where by default
                        it takes the mean of each image's
  ... limited to AVX2   the same net with --isa=avx2, ONEDNN_MAX_CPU_ISA=AVX2

fp32 is ONNX Runtime on the float model. docs/metrics.md#int8-accuracy defines the figures.
Build first: bazel build --config=opt //quant:bench
"""

import argparse
import dataclasses
import json
import pathlib
import sys

import numpy as np

from cifar10 import read_labels
from machine import cpu_model, instruction_sets
from paired import compare
from programs import BENCH, ROOT, Failed, execute, main, require

QUANTISERS = pathlib.Path(__file__).with_name("int8_quantisers.py")
LENET = ROOT / "testdata/nets/lenet/model.onnx"
CLASSES = 10
# A run that takes longer than this has failed.
RUN_LIMIT_S = 3600


@dataclasses.dataclass
class Row:
    name: str
    engine: str
    quantiser: str = ""
    isa: str = "auto"


FP32 = Row("fp32", "onnxruntime")
OURS = Row("lockstep", "lockstep")
ROWS = [
    OURS,
    Row("lockstep, AVX2", "lockstep", isa="avx2"),
    Row("ONNX Runtime, MinMax", "onnxruntime", "minmax"),
    Row("ONNX Runtime, Entropy", "onnxruntime", "entropy"),
    Row("ONNX Runtime, Percentile", "onnxruntime", "percentile"),
    Row("NNCF in OpenVINO", "openvino", "nncf"),
    Row("NNCF in OpenVINO, AVX2", "openvino", "nncf", "avx2"),
    Row("NNCF, MinMax, in OpenVINO", "openvino", "nncf-minmax"),
    Row("NNCF, MinMax, in OpenVINO, AVX2", "openvino", "nncf-minmax", "avx2"),
]


# -- running -------------------------------------------------------------------


class Contest:
    """The float net and the images, and how each row gets its logits."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.labels = read_labels(options.data_path / "test_batch.bin", options.images)
        self.data = ["--model", options.model, "--data_path", options.data_path]

    def ours(self, row, output):
        facts = self.folder / "facts.json"
        execute([BENCH, *self.data, "--limit", len(self.labels), "--calibration_images",
                 self.options.calibration_images, "--isa", row.isa, "--logits", output, "--json",
                 facts, "--batch_size", 16, "--seconds", 0.001, "--repeats", 1], RUN_LIMIT_S)
        facts = json.loads(facts.read_text())
        return {"runs": f"{facts['isa']} ({facts['kernel']})"}

    def quantised(self, row):
        """A toolkit's net; made once, whatever runs it."""
        path = self.folder / (row.quantiser + (".onnx" if row.engine == "onnxruntime" else ".xml"))
        if not path.exists():
            execute([sys.executable, QUANTISERS, row.quantiser, *self.data, "--images",
                     self.options.calibration_images, "--output", path], RUN_LIMIT_S)
        return path

    def theirs(self, row, output):
        model = self.quantised(row) if row.quantiser else self.options.model
        text = execute([sys.executable, QUANTISERS, row.engine, *self.data, "--quantised", model,
                        "--images", len(self.labels), "--output", output], RUN_LIMIT_S,
                       isa=row.isa)
        facts = json.loads(text.splitlines()[-1])
        nodes = ", ".join(f"{count} {name}" for name, count in facts["nodes"].items())
        return {"runs": f"{facts['version']}: {nodes}"}

    def run(self, row):
        """(logits, facts)"""
        output = self.folder / "logits"
        facts = (self.ours if row.engine == OURS.engine else self.theirs)(row, output)
        print(f"int8_accuracy: {row.name} done", file=sys.stderr)
        return np.fromfile(output, "<f4").reshape(-1, CLASSES), facts


def error_db(before, after):
    error = np.square(before.astype(np.float64) - after).sum()
    return float(10 * np.log10(np.square(before.astype(np.float64)).sum() / max(error, 1e-30)))


def run_all(contest):
    """{name: figures} and {name: why it is left out}"""
    labels = contest.labels
    fp32, facts = contest.run(FP32)
    results = {FP32.name: {"correct": int((fp32.argmax(1) == labels).sum()), **facts}}
    fp32_classes, ours, left_out = fp32.argmax(1), None, {}
    for row in ROWS:
        try:
            logits, facts = contest.run(row)
        except Failed as why:
            left_out[row.name] = str(why)
            continue
        classes = logits.argmax(1)
        ours = classes if row is OURS else ours
        results[row.name] = {
            "correct": int((classes == labels).sum()), **facts, "error_db": error_db(fp32, logits),
            "fp32": compare(labels, fp32_classes, classes)}
        if ours is not None and row is not OURS:
            # Positive where ours is right, or gives fp32's class, more often.
            results[row.name].update(ours=compare(labels, classes, ours),
                                     ours_agrees=compare(fp32_classes, classes, ours))
    return results, left_out


# -- the report ----------------------------------------------------------------


def interval(figures):
    return f"{figures['difference']:+.2f} ± {figures['half_interval']:.2f}"


def table(results, images):
    text = ("| quantiser and engine | accuracy | int8 - fp32 | right to wrong | wrong to right | "
            "agreement | logits (dB) | accuracy, lockstep - this | p | agreement, lockstep - this "
            "| p |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n")
    for name, result in results.items():
        text += f"| {name} | {100 * result['correct'] / images:.2f} % |"
        if name == FP32.name:
            text += " | | | | | | | | |\n"
            continue
        fp32 = result["fp32"]
        text += (f" {interval(fp32)} | {fp32['lost']} | {fp32['gained']} | "
                 f"{fp32['agreement']:.2f} % | {result['error_db']:.1f} |")
        for key in ("ours", "ours_agrees"):
            ours = result.get(key)
            text += f" {interval(ours)} | {ours['p']:.2g} |" if ours else " | |"
        text += "\n"
    return text


def markdown(contest, results, left_out):
    options, images = contest.options, len(contest.labels)
    text = (f"# int8: accuracy\n\n{table(results, images)}\n"
            "- differences in points, with their paired 95 % interval; p: exact McNemar test\n"
            f"- machine: {cpu_model()}; {instruction_sets()}\n"
            f"- model: {options.model}; the first {images} test and {options.calibration_images} "
            f"training images of {options.data_path}\n")
    for name, result in results.items():
        text += f"- {name} runs {result['runs']}\n"
    for name, why in left_out.items():
        text += f"- {name} left out: {why}\n"
    return text


# -- main ----------------------------------------------------------------------


def parse():
    parser = argparse.ArgumentParser(prog="int8_accuracy", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--model", type=pathlib.Path, help="float ONNX file; --quick: default LeNet")
    add("--data_path", type=pathlib.Path, default=ROOT / "testdata/cifar10")
    add("--calibration_images", type=int, default=512, help="training images, the first ones")
    add("--images", type=int, help="test images, the first ones; default: all")
    add("--quick", action="store_true", help="does it all work? The figures mean little")
    add("--output", type=pathlib.Path, help="folder for int8_accuracy.md and int8_accuracy.json")
    options = parser.parse_args()
    if options.quick:
        options.model, options.images = options.model or LENET, options.images or 200
        options.calibration_images = min(options.calibration_images, 64)
    if options.model is None:
        parser.error("--model FILE.onnx is needed; //train:ddp --output_dir writes one")
    if not options.model.is_file():
        parser.error(f"--model {options.model}: no such file")
    if options.calibration_images < 1 or (options.images or 1) < 1:
        parser.error("--images and --calibration_images must be positive")
    require(parser, BENCH)
    return options


def run(options, folder):
    contest = Contest(options, folder)
    results, left_out = run_all(contest)
    text = markdown(contest, results, left_out)
    print(text, end="")
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        (options.output / "int8_accuracy.md").write_text(text)
        facts = {"cpu": cpu_model(), "model": str(options.model), "images": len(contest.labels),
                 "calibration_images": options.calibration_images, "results": results,
                 "left_out": left_out}
        (options.output / "int8_accuracy.json").write_text(json.dumps(facts, indent=1))
    return 1 if left_out else 0


if __name__ == "__main__":
    sys.exit(main("int8_accuracy", parse, run))
