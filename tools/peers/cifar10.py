"""CIFAR-10's images, as bytes and as the float nets' input."""

import numpy as np

PIXELS = (3, 32, 32)
MEAN = np.array([0.4914, 0.4822, 0.4465], np.float32).reshape(3, 1, 1)
STD = np.array([0.2470, 0.2435, 0.2616], np.float32).reshape(3, 1, 1)


def read_pixels(path, count):
    """The first images of a file in CIFAR-10's binary layout, u8 [N, 3, 32, 32]."""
    records = np.fromfile(path, np.uint8).reshape(-1, 1 + 3 * 32 * 32)
    return np.ascontiguousarray(records[:count, 1:]).reshape(-1, *PIXELS)


def normalised(pixels):
    """In float32 like the trainer and NormalizeImages, bit for bit."""
    return (pixels.astype(np.float32) / np.float32(255) - MEAN) / STD
