"""Images per second of //quant:bench, OpenVINO and ONNX Runtime on one int8 net.

  tools/peers/int8_bench --model MODEL.onnx [--isa avx2] [--rounds 5] [--output FOLDER]
  tools/peers/int8_bench --quick

MODEL is a float net; //quant:eval --dialect ort --save makes the int8 model that the peers
read, with the weights and scales of our own. All run on the same images and the same cores,
in turn, each run a process of its own. A peer that does not give our answers is not
timed. What the figures mean: docs/metrics.md#int8-throughput. Build first:
bazel build --config=opt //quant:bench //quant:eval
"""

import argparse
import json
import pathlib
import statistics
import sys
import time

import numpy as np

from machine import IDLE_SHARE, Watch, cores, cpu_model, wait_for_idle
from programs import BENCH, EVAL, ONEDNN_ISA, ROOT, Failed, execute, main, plain, require

ENGINES = pathlib.Path(__file__).with_name("int8_engines.py")
LENET = ROOT / "testdata/nets/lenet/model.onnx"
OURS, PEERS = "lockstep", ("openvino", "onnxruntime")
# A run that takes longer than this has failed.
RUN_LIMIT_S = 300
CLASSES = 10
# Images whose logits are compared.
COMPARED = 200


# -- running -------------------------------------------------------------------


class Contest:
    """The model, the images, the cores, and how each engine runs on them."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.qdq, self.lsq = folder / "qdq.onnx", folder / "net.lsq"
        self.images = options.data_path / "test_batch.bin"
        self.cpus = options.cores or cores(2)
        self.threads = [n for n in (1, 2) if n <= len(self.cpus)]
        self.idle_left = options.idle_wait
        self.data = ["--data_path", options.data_path]

    def quantise(self):
        """Once: the peers' net with what they need, ours with our defaults."""
        for dialect, path in ("ort", self.qdq), ("fused", self.lsq):
            execute([EVAL, "--model", self.options.model, *self.data, "--calibration_images",
                     self.options.calibration_images, "--limit", 16, "--dialect", dialect,
                     "--save", path], RUN_LIMIT_S, self.cpus)

    def run(self, engine, threads, *more):
        """The JSON that one run of one engine writes."""
        result = self.folder / "result.json"
        program = ([BENCH, "--model", self.lsq, *self.data, "--isa", self.options.isa]
                   if engine == OURS else
                   [sys.executable, ENGINES, engine, "--model", self.qdq, "--images", self.images])
        execute([*program, "--threads", threads, "--json", result, *more],
                RUN_LIMIT_S, self.cpus[:threads], self.options.isa)
        return json.loads(result.read_text())

    def logits(self, engine):
        """Those of the first images, and what the engine says about itself."""
        path = self.folder / "logits"
        more = ["--logits", path, "--limit", COMPARED]
        if engine == OURS:
            more += ["--batch_size", 50, "--seconds", 0.001, "--repeats", 1]
        facts = self.run(engine, 1, *more)
        return np.fromfile(path, "<f4").reshape(-1, CLASSES), facts

    def timed(self, engine, threads):
        """One run's cells, on an idle machine if waiting helps."""
        begin = time.monotonic()
        busy = wait_for_idle(self.idle_left)
        self.idle_left = max(0, self.idle_left - (time.monotonic() - begin))
        watch = Watch()
        result = self.run(engine, threads, "--seconds", self.options.seconds, "--repeats",
                          self.options.repeats, "--batch_size",
                          ",".join(map(str, self.options.batch_size)))
        result["disturbed"] = busy > IDLE_SHARE or watch.others() > IDLE_SHARE
        return result


# -- the same answers ----------------------------------------------------------


def compare(ours, theirs):
    """Share of images with the same class, and how far their logits are from ours, in dB."""
    error = np.square(ours - theirs).sum()
    return {"agreement": float((ours.argmax(1) == theirs.argmax(1)).mean()),
            "error_db": float(10 * np.log10(np.square(ours).sum() / max(error, 1e-30)))}


def check(contest):
    """{engine: facts} of those whose answers are ours; why others are left out."""
    expected, facts = contest.logits(OURS)
    accepted, left_out = {OURS: facts}, {}
    for engine in PEERS:
        if engine == "onnxruntime" and contest.options.isa != "auto":
            left_out[engine] = "it has no switch for the instruction set"
            continue
        try:
            logits, facts = contest.logits(engine)
        except Failed as why:
            left_out[engine] = str(why)
            continue
        facts.update(compare(expected, logits))
        if facts["agreement"] < contest.options.least_agreement:
            left_out[engine] = (f"{facts['version']} gives our class to only "
                                f"{100 * facts['agreement']:.1f} % of {COMPARED} images")
        else:
            accepted[engine] = facts
    return accepted, left_out


# -- timing --------------------------------------------------------------------


def play(contest, engines):
    """All rounds: {(threads, batch): {engine: {configuration: [[samples] of each round]}}}."""
    cells, disturbed, runs = {}, 0, 0
    for number in range(contest.options.rounds):
        for threads in contest.threads:
            for i in range(len(engines)):
                engine = engines[(i + number) % len(engines)]
                result = contest.timed(engine, threads)
                runs, disturbed = runs + 1, disturbed + result["disturbed"]
                for cell in result["cells"]:
                    (cells.setdefault((threads, cell["batch"]), {}).setdefault(engine, {})
                     .setdefault(cell.get("configuration", ""), []).append(cell["samples"]))
        print(f"round {number + 1}/{contest.options.rounds}", file=sys.stderr)
    return cells, disturbed, runs


def summary(rounds):
    """Figures of one configuration from its samples, a list a round."""
    samples = [rate for samples in rounds for rate in samples]
    median = statistics.median(samples)
    return {"median": median, "best": max(samples),
            "spread_percent": 100 * (max(samples) - min(samples)) / median,
            "rounds": [statistics.median(samples) for samples in rounds]}


def judge(engines):
    """Each engine in its best configuration, and ours against the best peer."""
    best = {}
    for engine, configurations in engines.items():
        name = max(configurations, key=lambda c: summary(configurations[c])["median"])
        best[engine] = {"configuration": name, **summary(configurations[name])}
    result = {"engines": best}
    peers = [engine for engine in best if engine != OURS]
    if peers:
        peer = max(peers, key=lambda p: best[p]["median"])
        pairs = [a / b for a, b in zip(best[OURS]["rounds"], best[peer]["rounds"])]
        result.update(best_peer=peer, ratio=best[OURS]["median"] / best[peer]["median"],
                      pairs=pairs)
    return result


# -- the report ----------------------------------------------------------------


def markdown(contest, engines, left_out, results, disturbed, runs):
    options = contest.options
    names = {e: f["version"] if e != OURS else OURS for e, f in engines.items()}
    text = ("# int8: images per second\n\n"
            "| threads | batch | engine | images/s, median | best | spread | ms/image a thread | "
            "as |\n|---:|---:|---|---:|---:|---:|---:|---|\n")
    for (threads, batch), result in results.items():
        for engine, r in result["engines"].items():
            text += (f"| {threads} | {batch} | {names[engine]} | {r['median']:.1f} | "
                     f"{r['best']:.1f} | {r['spread_percent']:.1f} % | "
                     f"{1e3 * threads / r['median']:.3f} | {r['configuration']} |\n")
    text += ("\n| threads | batch | best peer | lockstep / best peer | pairs |\n"
             "|---:|---:|---|---:|---|\n")
    for (threads, batch), r in results.items():
        if "ratio" in r:
            text += (f"| {threads} | {batch} | {names[r['best_peer']]} | **{r['ratio']:.3f}** | "
                     f"{min(r['pairs']):.3f}..{max(r['pairs']):.3f} |\n")
    text += (f"\n- machine: {cpu_model()}, CPUs {contest.cpus}\n"
             f"- model: {options.model}; --isa {options.isa}\n"
             f"- lockstep's kernel: {engines[OURS]['isa']} ({engines[OURS]['kernel']})\n"
             f"- {options.rounds} rounds in turn of {options.repeats} samples of about "
             f"{options.seconds:g} s\n"
             f"- runs disturbed by others (over {100 * IDLE_SHARE:.0f} % of the CPUs): "
             f"{disturbed} of {runs}\n")
    for engine in engines:
        if engine != OURS:
            f = engines[engine]
            nodes = ", ".join(f"{count} {name}" for name, count in f["nodes"].items())
            text += (f"- {f['version']}: {100 * f['agreement']:.1f} % of {COMPARED} images get "
                     f"our class, logits {f['error_db']:.1f} dB from ours; runs {nodes}\n")
    for engine, why in left_out.items():
        text += f"- {engine} left out: {why}\n"
    return text + ("- oneDNN runs inside OpenVINO; its own wheels have no Python interface. "
                   "Peers are called from Python, which counts on a small net\n")


# -- main ----------------------------------------------------------------------


def numbers(text):
    return [int(n) for n in text.split(",")]


def parse():
    parser = argparse.ArgumentParser(prog="int8_bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--model", type=pathlib.Path, help="float ONNX file; --quick: default LeNet")
    add("--data_path", type=pathlib.Path, default=ROOT / "testdata/cifar10")
    add("--calibration_images", type=int, default=128)
    add("--isa", default="auto", help="our --isa; known ones limit OpenVINO too")
    add("--batch_size", type=numbers, default=[1, 16, 64], help="1,16,64")
    add("--cores", type=numbers, help="CPUs to run on, e.g. 0,1; default: the first two cores")
    add("--rounds", type=int, default=5)
    add("--seconds", type=float, default=0.5, help="length of a sample")
    add("--repeats", type=int, default=2, help="samples of a cell in each round")
    add("--idle_wait", type=float, default=60, help="seconds to wait for an idle machine, in all")
    add("--least_agreement", type=float, default=0.97,
        help="share of images that must get our class; a peer that saturates fails 0.97")
    add("--quick", action="store_true", help="does it all work? The figures mean nothing")
    add("--output", type=pathlib.Path, help="folder for int8_bench.md and int8_bench.json")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.repeats, options.idle_wait = 1, 0.1, 1, 0
        options.model = options.model or LENET
    if options.model is None:
        parser.error("--model FILE.onnx is needed; //train:ddp --output_dir writes one")
    if options.rounds < 1 or options.repeats < 1 or options.seconds <= 0:
        parser.error("--rounds, --repeats and --seconds must be positive")
    if options.isa != "auto" and plain(options.isa) not in ONEDNN_ISA:
        parser.error(f"--isa {options.isa}: peers can be limited to {', '.join(ONEDNN_ISA)}")
    require(parser, BENCH, EVAL)
    return options


def run(options, folder):
    contest = Contest(options, folder)
    contest.quantise()
    engines, left_out = check(contest)
    for engine, why in left_out.items():
        print(f"int8_bench: {engine} left out: {why}", file=sys.stderr)
    cells, disturbed, runs = play(contest, list(engines))
    results = {key: judge(cell) for key, cell in cells.items()}
    text = markdown(contest, engines, left_out, results, disturbed, runs)
    print(text, end="")
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        (options.output / "int8_bench.md").write_text(text)
        facts = {"cpu": cpu_model(), "cpus": contest.cpus, "model": str(options.model),
                 "isa": options.isa, "engines": engines, "left_out": left_out,
                 "disturbed": disturbed, "runs": runs,
                 "cells": [{"threads": t, "batch": b, **r, "samples": cells[t, b]}
                           for (t, b), r in results.items()]}
        (options.output / "int8_bench.json").write_text(json.dumps(facts, indent=1))
    return 0 if len(engines) > 1 else 1


if __name__ == "__main__":
    sys.exit(main("int8_bench", parse, run))
