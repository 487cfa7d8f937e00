"""The CUDA toolkit and NCCL: found or not, never an error."""

_NO_TOOLKIT = """# No CUDA toolkit was found: the targets exist and are empty.
package(default_visibility = ["@//train:__subpackages__", "@//third_party/cuda:__pkg__"])

cc_library(name = "cudart")

cc_library(name = "nccl")
"""

_TOOLKIT = """package(default_visibility = ["@//train:__subpackages__", "@//third_party/cuda:__pkg__"])

cc_library(
    name = "cudart",
    srcs = glob(["lib64/libcudart.so*"]),
    hdrs = glob(["include/**"]),
    includes = ["include"],
)

cc_library(
    name = "nccl",
    srcs = glob(["nccl/libnccl.so*"]),
    hdrs = glob(["nccl/nccl.h"]),
    includes = ["nccl"],
    deps = [":cudart"],
)
"""

def _first_existing(ctx, candidates):
    for candidate in candidates:
        if candidate and ctx.path(candidate).exists:
            return candidate
    return None

def _fetched(ctx):
    """Where third_party/cuda/fetch puts a toolkit to compile with."""
    home = ctx.os.environ.get("HOME")
    cache = ctx.os.environ.get("XDG_CACHE_HOME") or (home + "/.cache" if home else None)
    return cache + "/lockstep/cuda-13.0" if cache else None

def _find_toolkit(ctx):
    nvcc = ctx.which("nvcc")
    homes = [
        ctx.os.environ.get("CUDA_HOME"),
        ctx.os.environ.get("CUDA_PATH"),
        str(nvcc.realpath.dirname.dirname) if nvcc else None,
        "/usr/local/cuda",
        _fetched(ctx),
    ]
    for home in homes:
        if home and ctx.path(home + "/include/cuda_runtime.h").exists:
            return home
    return None

def _find_nccl(ctx, toolkit):
    home = ctx.os.environ.get("NCCL_HOME")
    header = _first_existing(ctx, [home + "/include/nccl.h" if home else None, toolkit + "/include/nccl.h", "/usr/include/nccl.h"])
    library = _first_existing(ctx, [
        home + "/lib/libnccl.so.2" if home else None,
        toolkit + "/lib64/libnccl.so.2",
        "/usr/lib/x86_64-linux-gnu/libnccl.so.2",
    ])
    return (header, library) if header and library else None

def _cuda_impl(ctx):
    toolkit = _find_toolkit(ctx)
    nccl = _find_nccl(ctx, toolkit) if toolkit else None
    if toolkit and nccl:
        ctx.symlink(toolkit + "/include", "include")
        ctx.symlink(toolkit + "/lib64", "lib64")
        ctx.symlink(nccl[0], "nccl/nccl.h")
        ctx.symlink(nccl[1], "nccl/libnccl.so.2")
    ctx.file("BUILD.bazel", _TOOLKIT if toolkit and nccl else _NO_TOOLKIT)
    ctx.file("detected.bzl", "CUDA_HOME = %r\nCUDA_FOUND = %s\n" % (toolkit or "", bool(toolkit and nccl)))

_cuda = repository_rule(
    implementation = _cuda_impl,
    local = True,
    doc = "Looks for a toolkit at CUDA_HOME, CUDA_PATH, the nvcc on PATH, /usr/local/cuda and where " +
          "third_party/cuda/fetch puts one, and for NCCL at NCCL_HOME, in the toolkit and in the " +
          "system. Both or neither.",
    environ = ["CUDA_HOME", "CUDA_PATH", "HOME", "NCCL_HOME", "PATH", "XDG_CACHE_HOME"],
)

def cuda():
    _cuda(name = "cuda")
