"""ISA-L: CRC32C for the record's frames at memory speed."""

load("//third_party:system_library.bzl", "system_library")

def isal():
    system_library(
        name = "isal",
        header = "isa-l/crc.h",
        overlay = "//third_party/isal:isal.BUILD",
        package = "libisal-dev",
    )
