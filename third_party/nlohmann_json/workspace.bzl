"""nlohmann-json: other tools' JSON (nccl-tests, traces), reports as JSON."""

load("//third_party:system_library.bzl", "system_library")

def nlohmann_json():
    system_library(
        name = "nlohmann_json",
        header = "nlohmann/json.hpp",
        overlay = "//third_party/nlohmann_json:nlohmann_json.BUILD",
        package = "nlohmann-json3-dev",
    )
