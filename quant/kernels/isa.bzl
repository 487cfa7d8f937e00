"""A library of one instruction set's code."""

def isa_library(name, copts, deps = [":microkernels_interface"]):
    """cc_library of name.cc, compiled with `copts` for its instruction set.

    Its functions may run on CPUs that have the ISA only; all else in the
    program is for any x86-64.
    """
    native.cc_library(
        name = name,
        srcs = [name + ".cc"],
        # g++ 12 keeps arrays of vectors in registers at -O3 only.
        copts = ["-O3"] + copts,
        textual_hdrs = native.glob(["*-inl.h", "instructions_*.h"]),
        deps = deps,
        visibility = ["//visibility:private"],
    )
