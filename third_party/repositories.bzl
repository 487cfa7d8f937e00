"""Every external repository, one call each.

A later MODULE.bazel can call the same functions; README.md in this folder has
the table of versions, licences and reasons.
"""

load("//third_party/abseil:workspace.bzl", "abseil")
load("//third_party/benchmark:workspace.bzl", "benchmark")
load("//third_party/cuda:workspace.bzl", "cuda")
load("//third_party/eigen:workspace.bzl", "eigen")
load("//third_party/gloo:workspace.bzl", "gloo")
load("//third_party/googletest:workspace.bzl", "googletest")
load("//third_party/isal:workspace.bzl", "isal")
load("//third_party/libtorch:workspace.bzl", "libtorch")
load("//third_party/nlohmann_json:workspace.bzl", "nlohmann_json")
load("//third_party/onnx:workspace.bzl", "onnx")
load("//third_party/protobuf:workspace.bzl", "protobuf")

def _bazel_stand_ins():
    """Repositories that Bazel 4.2.3 would otherwise download."""
    for name in ["rules_cc", "rules_java", "remote_coverage_tools"]:
        native.local_repository(name = name, path = "third_party/" + name)

def lockstep_repositories():
    _bazel_stand_ins()
    abseil()
    benchmark()
    cuda()
    eigen()
    gloo()
    googletest()
    isal()
    libtorch()
    nlohmann_json()
    onnx()
    protobuf()
