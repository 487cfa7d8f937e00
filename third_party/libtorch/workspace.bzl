"""LibTorch: autograd and kernels for the trainer. Found, or downloaded once."""

# Headers a build needs. include/google is protobuf 3.13 and must stay hidden;
# the rest of the wheel's include folder is other libraries' private headers.
_HEADER_TREES = ["ATen", "c10", "caffe2", "torch"]

_LIBRARIES = ["libtorch_cpu.so", "libc10.so"]

# The wheel's CPU library is linked against these two; a CPU-only LibTorch is not.
_CUDA_RUNTIME = ["libcudart.so.13", "libcupti.so.13"]

_CUDA_LIBRARIES = ["libtorch_cuda.so", "libc10_cuda.so"]

_FIND_IN_PYTHON = """
import importlib.util, os, sys
spec = importlib.util.find_spec('torch')
if spec is None: sys.exit('no torch')
root = os.path.dirname(spec.origin)
scope = {}
exec(open(os.path.join(root, 'version.py')).read(), scope)
if not scope['__version__'].startswith('%s'): sys.exit('torch ' + scope['__version__'])
print(root)
"""

def _is_libtorch(ctx, root):
    return (ctx.path(root + "/include/ATen/ATen.h").exists and
            ctx.path(root + "/lib/libtorch_cpu.so").exists)

def _from_variable(ctx, name):
    root = ctx.os.environ.get(name)
    if root and not _is_libtorch(ctx, root):
        fail("\n\nlockstep: {}={} is not a LibTorch: it has no include/ATen/ATen.h or lib/libtorch_cpu.so.\n".format(name, root))
    return root

def _from_python(ctx):
    python = ctx.which("python3")
    if not python:
        return None
    result = ctx.execute([python, "-c", _FIND_IN_PYTHON % ctx.attr.version])
    root = result.stdout.strip()
    return root if result.return_code == 0 and _is_libtorch(ctx, root) else None

def _downloaded(ctx):
    ctx.report_progress("downloading LibTorch %s (550 MB, once per user)" % ctx.attr.version)
    result = ctx.execute([ctx.path(ctx.attr.fetch)], timeout = 1800)
    if result.return_code != 0:
        fail(("\n\nlockstep: no LibTorch {version}. Looked for: the variables LOCKSTEP_LIBTORCH and " +
              "TORCH_PATH, a python3 that has torch {version}, then tried to download it:\n{error}\n" +
              "Set LOCKSTEP_LIBTORCH to an unpacked LibTorch, or run tools/setup.\n").format(
            version = ctx.attr.version,
            error = result.stderr,
        ))
    return result.stdout.strip()

def _link_existing(ctx, folders, name):
    for folder in folders:
        if ctx.path(folder + "/" + name).exists:
            ctx.symlink(folder + "/" + name, "lib/" + name)
            return

def _libtorch_impl(ctx):
    root = (_from_variable(ctx, "LOCKSTEP_LIBTORCH") or
            _from_variable(ctx, "TORCH_PATH") or
            _from_python(ctx) or
            _downloaded(ctx))
    for tree in _HEADER_TREES:
        ctx.symlink(root + "/include/" + tree, "include/" + tree)
    cuda_home = ctx.os.environ.get("CUDA_HOME", "/usr/local/cuda")
    folders = [root + "/lib", root + "/../nvidia/cu13/lib", cuda_home + "/lib64", cuda_home + "/extras/CUPTI/lib64"]
    for name in _LIBRARIES + _CUDA_RUNTIME + _CUDA_LIBRARIES:
        _link_existing(ctx, folders, name)
    ctx.symlink(ctx.attr.overlay, "BUILD.bazel")

_libtorch = repository_rule(
    implementation = _libtorch_impl,
    doc = "Looks, in this order, at LOCKSTEP_LIBTORCH, TORCH_PATH, python3's own torch " +
          "(same version only), and lockstep's cache, which it fills by //third_party/libtorch:fetch.",
    environ = ["LOCKSTEP_LIBTORCH", "TORCH_PATH", "CUDA_HOME", "XDG_CACHE_HOME"],
    attrs = {
        "fetch": attr.label(mandatory = True),
        "overlay": attr.label(mandatory = True),
        "version": attr.string(mandatory = True),
    },
)

def libtorch():
    _libtorch(
        name = "libtorch",
        fetch = "//third_party/libtorch:fetch",
        overlay = "//third_party/libtorch:libtorch.BUILD",
        version = "2.11.0",
    )
