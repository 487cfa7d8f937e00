"""Runs the programs that the int8 comparisons compare."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH, EVAL = (ROOT / "bazel-bin/quant" / name for name in ("bench", "eval"))
# Our --isa, without separators, as oneDNN's limit (for OpenVINO). ONNX Runtime has none.
ONEDNN_ISA = {
    "avx2": "AVX2", "avxvnni": "AVX2_VNNI", "avx512": "AVX512_CORE", "avx512bw": "AVX512_CORE",
    "vnni": "AVX512_CORE_VNNI", "avx512vnni": "AVX512_CORE_VNNI", "amx": "AVX512_CORE_AMX",
}


class Failed(Exception):
    """A program did not do its work; the text says which and why."""


def plain(isa):
    return isa.replace("_", "").replace("-", "")


def require(parser, *binaries):
    """Ends the program if one of ours is not built."""
    for binary in binaries:
        if not binary.exists():
            parser.error(f"no {binary.relative_to(ROOT)}; run bazel build --config=opt "
                         f"//quant:{binary.name}")


def execute(command, limit_s, cpus=(), isa="auto"):
    """What a program prints; on the given CPUs if there are any; oneDNN uses at most `isa`."""
    # NNCF sends nothing home.
    environment = {**os.environ, "NNCF_CI": "1"}
    if plain(isa) in ONEDNN_ISA:
        environment["ONEDNN_MAX_CPU_ISA"] = ONEDNN_ISA[plain(isa)]
    command = [str(word) for word in command]
    pinned = ["taskset", "-c", ",".join(map(str, cpus))] if cpus else []
    # Of `python script.py engine` the script says more.
    name = pathlib.Path(command[1] if command[1].endswith(".py") else command[0]).name
    try:
        done = subprocess.run(pinned + command, env=environment, text=True, capture_output=True,
                              timeout=limit_s)
    except subprocess.TimeoutExpired:
        raise Failed(f"{name} took over {limit_s} s") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Failed(f"{name} ended with exit code {done.returncode}: {last}")
    return done.stdout


def main(name, parse, run):
    """Calls run(parse(), folder), folder a temporary one; the exit code."""
    # So that a killed comparison takes its runs along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = parse()
    with tempfile.TemporaryDirectory() as folder:
        try:
            return run(options, pathlib.Path(folder))
        except Failed as why:
            print(f"{name}: {why}", file=sys.stderr)
            return 1
