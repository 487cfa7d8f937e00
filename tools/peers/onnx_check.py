"""Compares logits on standard input with ONNX Runtime's; see onnx_check."""

import sys

import numpy as np
import onnxruntime

MEAN = np.array([0.4914, 0.4822, 0.4465], np.float32).reshape(3, 1, 1)
STD = np.array([0.2470, 0.2435, 0.2616], np.float32).reshape(3, 1, 1)
BOUND = 1e-4


def main(model, batch):
    expected = np.loadtxt(sys.stdin, np.float32, ndmin=2)
    records = np.fromfile(batch, np.uint8).reshape(-1, 3073)[: len(expected)]
    pixels = records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    got = session.run(["logits"], {"input": (pixels / 255 - MEAN) / STD})[0]
    worst = np.abs(got - expected).max()
    same = (got.argmax(1) == expected.argmax(1)).mean()
    print(f"ONNX Runtime {onnxruntime.__version__} against LibTorch: "
          f"{len(expected)} images, largest difference {worst:.2e} "
          f"(bound {BOUND:.0e}), logits up to {np.abs(expected).max():.3g}, "
          f"same answer on {100 * same:.1f} %")
    return 0 if worst <= BOUND else 1


sys.exit(main(*sys.argv[1:]))
