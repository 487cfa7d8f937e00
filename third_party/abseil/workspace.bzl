"""Abseil: flags, status, strings, time. The parts of the standard library we miss."""

load("//third_party:system_library.bzl", "system_library")

def abseil():
    system_library(
        name = "com_google_absl",
        header = "absl/status/status.h",
        overlay = "//third_party/abseil:abseil.BUILD",
        package = "libabsl-dev",
    )
