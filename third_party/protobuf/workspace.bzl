"""Protocol buffers: the run record's encoding and ONNX's."""

load("//third_party:system_library.bzl", "system_library")

def protobuf():
    system_library(
        name = "com_google_protobuf",
        header = "google/protobuf/message.h",
        overlay = "//third_party/protobuf:protobuf.BUILD",
        package = "libprotobuf-dev protobuf-compiler",
    )
