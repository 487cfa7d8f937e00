"""Times another engine on a QDQ model, with the flags and the JSON of //quant:bench.

    python int8_engines.py ENGINE --model QDQ.onnx --images test_batch.bin [--threads 2] ...

ENGINE is openvino or onnxruntime. Every way in which the engine can use the threads is
timed, each a configuration of its own. --threads is how many; which cores they may use
is the caller's business (taskset), and ONEDNN_MAX_CPU_ISA what OpenVINO may use of them.
Images are u8 and are handed over without a copy.
"""

import argparse
import collections
import itertools
import json
import math
import pathlib
import tempfile
import threading
import time

import numpy as np

PIXELS = (3, 32, 32)


def in_threads(bodies):
    """Runs each body in a thread of its own."""
    others = [threading.Thread(target=body) for body in bodies[1:]]
    for thread in others:
        thread.start()
    bodies[0]()
    for thread in others:
        thread.join()


class OpenVino:
    """One infer request after the other on one stream over all threads, or a stream a thread."""

    def __init__(self, path):
        import openvino
        self.openvino, self.core = openvino, openvino.Core()
        self.path = path

    def version(self):
        return "OpenVINO " + self.openvino.__version__.split("-")[0]

    @staticmethod
    def configurations(batch, threads):
        # Batch 1 is latency: one image at a time, on all threads.
        counts = sorted({1, threads}) if batch > 1 else [1]
        return [f"{n} stream{'s' * (n > 1)}" for n in counts]

    def compile(self, batch, threads, configuration, **more):
        model = self.core.read_model(self.path)
        model.reshape([batch, *PIXELS])
        return self.core.compile_model(model, "CPU", {
            "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": int(configuration.split()[0]),
            # taskset has pinned the process.
            "ENABLE_CPU_PINNING": False, **more})

    def prepare(self, batches, threads, configuration):
        """A function that runs n batches, over and over those given."""
        compiled = self.compile(len(batches[0]), threads, configuration)
        tensors = [self.openvino.Tensor(batch) for batch in batches]
        count = max(int(configuration.split()[0]),
                    compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        requests = [compiled.create_infer_request() for _ in range(count)]

        def alone(n):
            for i in range(n):
                requests[0].set_input_tensor(tensors[i % len(tensors)])
                requests[0].infer()

        def side_by_side(n):
            for i in range(n):
                request = requests[i % count]
                if i >= count:
                    request.wait()
                request.set_input_tensor(tensors[i % len(tensors)])
                request.start_async()
            for request in requests[:n]:
                request.wait()

        return alone if count == 1 else side_by_side

    def logits(self, images):
        compiled = self.compile(len(images), 1, "1 stream")
        return compiled([images])[compiled.output(0)]

    def facts(self):
        """Which kernels run the convolutions and matrices, and in which precision."""
        compiled = self.compile(16, 1, "1 stream")
        kernels = collections.Counter()
        for node in compiled.get_runtime_model().get_ordered_ops():
            info = {key: str(value.value) for key, value in node.get_rt_info().items()
                    if hasattr(value, "value")}
            if info.get("layerType") in ("Convolution", "FullyConnected"):
                kernels[f"{info['layerType']} {info['primitiveType']}"] += 1
        return kernels


class OnnxRuntime:
    """One session over all threads, or a session a thread."""

    def __init__(self, path):
        import onnxruntime
        self.runtime, self.path = onnxruntime, path

    def version(self):
        return "ONNX Runtime " + self.runtime.__version__

    @staticmethod
    def configurations(batch, threads):
        counts = sorted({1, threads}) if batch > 1 else [1]
        return [f"{n} session{'s' * (n > 1)}" for n in counts]

    def session(self, threads, optimised=None):
        options = self.runtime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        if optimised:
            options.optimized_model_filepath = str(optimised)
        return self.runtime.InferenceSession(self.path, options,
                                             providers=["CPUExecutionProvider"])

    def prepare(self, batches, threads, configuration):
        count = int(configuration.split()[0])
        sessions = [self.session(threads // count) for _ in range(count)]
        feeds = [{"pixels": batch} for batch in batches]

        def run(n):
            numbers = itertools.count()  # next() is atomic

            def work(session):
                while (i := next(numbers)) < n:
                    session.run(["logits"], feeds[i % len(feeds)])

            in_threads([lambda s=s: work(s) for s in sessions])

        return run

    def logits(self, images):
        return self.session(1).run(["logits"], {"pixels": images})[0]

    def facts(self):
        """The nodes that are left after fusing."""
        import onnx
        with tempfile.TemporaryDirectory() as folder:
            optimised = pathlib.Path(folder) / "optimised.onnx"
            self.session(1, optimised)
            return collections.Counter(n.op_type for n in onnx.load(optimised).graph.node)


ENGINES = {"openvino": OpenVino, "onnxruntime": OnnxRuntime}


def measure(work, seconds, repeats):
    """Calls a second of `repeats` samples; the procedure of quant/bench_timing.h."""

    def time_of(calls):
        begin = time.perf_counter()
        work(calls)
        return time.perf_counter() - begin

    calls = 1
    while (took := time_of(calls)) < seconds / 2:
        calls *= 2
    calls = max(1, math.ceil(calls * seconds / took))
    return [calls / time_of(calls) for _ in range(repeats)]


def cells(engine, images, options):
    for batch in options.batch_size:
        batches = [np.ascontiguousarray(images[i:i + batch])
                   for i in range(0, len(images) - batch + 1, batch)]
        for configuration in engine.configurations(batch, options.threads):
            run = engine.prepare(batches, options.threads, configuration)
            # A batch for each thread, as in //quant:bench.
            rates = measure(lambda n: run(n * options.threads), options.seconds, options.repeats)
            yield {"batch": batch, "configuration": configuration,
                   "samples": [rate * options.threads * batch for rate in rates]}


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("engine", choices=ENGINES)
    add("--model", required=True)
    add("--images", required=True, help="file in CIFAR-10's binary layout")
    add("--threads", type=int, default=1)
    add("--batch_size", type=lambda text: [int(n) for n in text.split(",")], default=[1, 16, 64])
    add("--seconds", type=float, default=0.5)
    add("--repeats", type=int, default=5)
    add("--json", required=True)
    add("--logits", help="write the logits of the first --limit images here and time nothing")
    add("--limit", type=int, default=200)
    return parser.parse_args()


def main():
    options = parse()
    records = np.fromfile(options.images, np.uint8).reshape(-1, 1 + math.prod(PIXELS))
    images = np.ascontiguousarray(records[:, 1:]).reshape(-1, *PIXELS)
    engine = ENGINES[options.engine](options.model)
    result = {"engine": options.engine, "version": engine.version(), "threads": options.threads}
    if options.logits:
        engine.logits(images[:options.limit]).astype("<f4").tofile(options.logits)
        result["nodes"] = engine.facts()
    else:
        result["cells"] = list(cells(engine, images, options))
    pathlib.Path(options.json).write_text(json.dumps(result))


if __name__ == "__main__":
    main()
