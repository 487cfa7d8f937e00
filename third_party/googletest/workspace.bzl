"""GoogleTest: every test."""

load("//third_party:system_library.bzl", "system_library")

def googletest():
    system_library(
        name = "com_google_googletest",
        header = "gtest/gtest.h",
        overlay = "//third_party/googletest:googletest.BUILD",
        package = "libgtest-dev libgmock-dev",
    )
