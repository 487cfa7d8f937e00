"""Eigen: the integer engine's reference arithmetic and the analysis' fits."""

load("//third_party:system_library.bzl", "system_library")

def eigen():
    system_library(
        name = "eigen",
        header = "eigen3/Eigen/Core",
        link_trees = ["eigen3"],
        overlay = "//third_party/eigen:eigen.BUILD",
        package = "libeigen3-dev",
    )
