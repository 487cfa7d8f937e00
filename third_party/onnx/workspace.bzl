"""The ONNX schema: the model file between trainer and engine."""

load("//third_party:system_library.bzl", "system_library")

def onnx():
    system_library(
        name = "onnx",
        header = "onnx/onnx.proto",
        link_trees = ["onnx/onnx.proto"],
        overlay = "//third_party/onnx:onnx.BUILD",
        package = "libonnx-dev",
    )
