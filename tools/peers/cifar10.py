"""CIFAR-10's images, as bytes and as the float nets' input."""

import numpy as np

PIXELS = (3, 32, 32)
# Where a model's metadata does not say.
MEAN = np.array([0.4914, 0.4822, 0.4465], np.float32).reshape(3, 1, 1)
STD = np.array([0.2470, 0.2435, 0.2616], np.float32).reshape(3, 1, 1)


def records(path, count):
    """The first records of a file in CIFAR-10's binary layout, all if `count` is None."""
    return np.fromfile(path, np.uint8).reshape(-1, 1 + 3 * 32 * 32)[:count]


def read_pixels(path, count=None):
    """u8 [N, 3, 32, 32]"""
    return np.ascontiguousarray(records(path, count)[:, 1:]).reshape(-1, *PIXELS)


def read_labels(path, count=None):
    return records(path, count)[:, 0]


def normalisation(model):
    """(mean, standard deviation) that the metadata of an ONNX model names."""
    metadata = {prop.key: prop.value for prop in model.metadata_props}

    def numbers(key, otherwise):
        text = metadata.get(key)
        return np.array(text.split(","), np.float32).reshape(3, 1, 1) if text else otherwise

    return numbers("lockstep.mean", MEAN), numbers("lockstep.std", STD)


def normalised(pixels, mean=MEAN, std=STD):
    """In float32 like the trainer and NormalizeImages, bit for bit."""
    return (pixels.astype(np.float32) / np.float32(255) - mean) / std
