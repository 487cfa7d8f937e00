"""Makes PyTorch importable on a machine without CUDA's libraries.

    python torch_site.py WHEEL LIBTORCH SITE

LibTorch is already unpacked in the cache, so SITE gets only the Python half of the
same wheel and links to the libraries. PyPI's wheel wants 1.7 GB of CUDA libraries to
be loaded although a CPU run calls none of them: empty functions of the same names
stand in for them.
"""

import collections
import os
import re
import subprocess
import sys
import tempfile
import zipfile

# Not part of what Python code needs, or already in the cache.
LEFT_OUT = ("torch/lib/", "torch/share/", "torch/test/")
# Differs between versions of Python.
OF_THIS_PYTHON = "torch/lib/libtorch_python.so"

ABSENT = (
    "libcublas.so.13", "libcublasLt.so.13", "libcudnn.so.9", "libcufft.so.12",
    "libcufile.so.0", "libcurand.so.10", "libcusparse.so.12",
    "libcusparseLt.so.0", "libnccl.so.2", "libtorch_nvshmem.so",
)
SYMBOL = re.compile(r"(cublas|cudnn|cufft|cuFile|curand|cusparse|nccl)|.*nvshmem")


def undefined_symbols(library):
    """(symbol, version or "") of every function that a stub must have."""
    table = subprocess.run(["readelf", "--dyn-syms", "--wide", library],
                           check=True, capture_output=True, text=True).stdout
    for line in table.splitlines():
        field = line.split()
        if len(field) >= 8 and field[6] == "UND" and SYMBOL.match(field[7]):
            name, _, version = field[7].partition("@")
            yield name, version


def build_stub(path, soname, symbols, version):
    text = "".join(f".globl {s}\n.type {s},@function\n{s}:\n" for s in sorted(symbols))
    text += "xor %eax,%eax\nret\n.section .note.GNU-stack,\"\",@progbits\n"
    command = ["gcc", "-shared", "-nostdlib", f"-Wl,-soname,{soname}", "-o", path,
               "-x", "assembler", "-"]
    with tempfile.NamedTemporaryFile("w", suffix=".map") as script:
        if version:
            # The loader insists that a library defines the version it names.
            script.write(f"{version} {{ *; }};\n")
            script.flush()
            command.append(f"-Wl,--version-script={script.name}")
        subprocess.run(command, input=text, text=True, check=True)


def build_stubs(folder, libtorch):
    by_version = collections.defaultdict(set)
    for library in ("libtorch_cuda.so", "libtorch_python.so"):
        for name, version in undefined_symbols(f"{libtorch}/lib/{library}"):
            by_version[version].add(name)
    for soname in ABSENT:
        version = soname if soname in by_version else ""
        # A name without a version may come from any library: one has them all.
        mine = by_version[version] if version or soname == "libnccl.so.2" else set()
        build_stub(f"{folder}/{soname}", soname, mine, version)


def main(wheel, libtorch, site):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site, [n for n in archive.namelist()
                                  if n == OF_THIS_PYTHON or not n.startswith(LEFT_OUT)])
    folder = site + "/torch/lib"
    for name in os.listdir(libtorch + "/lib"):
        if name not in ABSENT and not os.path.exists(f"{folder}/{name}"):
            os.symlink(f"{libtorch}/lib/{name}", f"{folder}/{name}")
    os.symlink(os.path.dirname(libtorch) + "/nvidia", site + "/nvidia")
    build_stubs(folder, libtorch)


if __name__ == "__main__":
    main(*sys.argv[1:])
