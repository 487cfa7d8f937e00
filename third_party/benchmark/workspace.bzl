"""Google Benchmark: kernels and readers."""

load("//third_party:system_library.bzl", "system_library")

def benchmark():
    system_library(
        name = "com_google_benchmark",
        header = "benchmark/benchmark.h",
        overlay = "//third_party/benchmark:benchmark.BUILD",
        package = "libbenchmark-dev",
    )
