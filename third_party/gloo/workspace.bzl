"""Gloo's headers only: ProcessGroupGloo.hpp includes them, LibTorch has the code."""

load("//third_party:system_library.bzl", "system_library")

def gloo():
    system_library(
        name = "gloo",
        header = "gloo/algorithm.h",
        link_trees = ["gloo"],
        overlay = "//third_party/gloo:gloo.BUILD",
        package = "libgloo-dev",
    )
