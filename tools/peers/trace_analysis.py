"""How long do //analysis:tables and Holistic Trace Analysis (HTA) take for one run?

  tools/peers/trace_analysis [--ranks 8 --buckets 25 --steps 5000] [--repeats 3]

//analysis:synthetic_events writes one run twice: as our record, and as the traces that PyTorch's
profiler would have left, one a rank. In turn, each in a process of its own, read

  record      //analysis:tables run.rec
  traces      //analysis:tables rank*.json
  HTA         get_temporal_breakdown and get_comm_comp_overlap of the same rank*.json

CPU seconds (user and system) and the largest memory are those of the process with its children;
the figures are medians over the repeats. What HTA and we say of each rank is compared first:
idle, compute, non-compute and overlap in per cent, which both round to two decimals.

Build first: bazel build --config=opt //analysis:tables //analysis:synthetic_events
"""

import argparse
import csv
import dataclasses
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

from machine import cpu_model
from programs import ROOT, Failed, main, require

TABLES, EVENTS = (ROOT / "bazel-bin/analysis" / name for name in ("tables", "synthetic_events"))
HTA = pathlib.Path(__file__).with_name("trace_hta.py")
# Rounding to two decimals in both.
TOLERANCE = 0.0101


@dataclasses.dataclass
class Cost:
    wall_s: float
    cpu_s: float
    megabytes: float


def measure(command):
    """What the program prints, and its Cost."""
    begin = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        files = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1)]
        child = os.posix_spawn(command[0], list(map(str, command)), os.environ, file_actions=files)
        _, status, usage = os.wait4(child, 0)
        wall = time.monotonic() - begin
        if status:
            raise Failed(f"{pathlib.Path(command[0]).name} failed")
        out.seek(0)
        return out.read(), Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e3)


def our_ranks(text):
    """The table of //analysis:tables --format=csv with a column "rank"."""
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("rank,"))
    names = {name: name.replace("-", "_") + "_percent"
             for name in ("idle", "compute", "non-compute", "overlap")}
    ranks = {}
    for row in csv.DictReader(lines[first:]):
        if not (row.get("rank") or "").isdigit():
            break
        ranks[int(row["rank"])] = {name: float(row[column]) for name, column in names.items()}
    return ranks


def largest_difference(ours, theirs):
    if ours.keys() != theirs.keys():
        raise Failed(f"ranks {sorted(ours)} of ours are {sorted(theirs)} of HTA's")
    return max(abs(ours[rank][name] - theirs[rank][name]) for rank in ours for name in ours[rank])


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=8)
    parser.add_argument("--buckets", type=int, default=25, help="collectives a step")
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    require(parser, TABLES, EVENTS)
    return options


def print_report(options, costs, difference):
    events = options.ranks * options.buckets * options.steps
    print(f"{events:,} bucket events ({options.ranks} ranks x {options.buckets} buckets x "
          f"{options.steps} steps), {cpu_model()}.")
    print(f"Largest difference of a percentage between HTA and us: {difference:.3f} points.\n")
    print("| | wall (s) | CPU (s) | memory (MB) | HTA / it, CPU |\n|---|---|---|---|---|")
    median = {name: [statistics.median(getattr(cost, field.name) for cost in runs)
                     for field in dataclasses.fields(Cost)] for name, runs in costs.items()}
    for name, (wall, cpu, megabytes) in median.items():
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {megabytes:.0f} | "
              f"{median['HTA, traces'][1] / cpu:.1f} |")


def run(options, folder):
    measure([EVENTS, folder, f"--ranks={options.ranks}", f"--buckets={options.buckets}",
             f"--steps={options.steps}", "--traces"])
    traces = [folder / f"rank{rank}.json" for rank in range(options.ranks)]
    commands = {"ours, record": [TABLES, folder / "run.rec"],
                "ours, traces": [TABLES, "--format=csv", *traces],
                "HTA, traces": [sys.executable, HTA, folder]}
    costs = {name: [] for name in commands}
    said = {}
    for _ in range(options.repeats):
        for name, command in commands.items():
            said[name], cost = measure(command)
            costs[name].append(cost)
    theirs = {int(rank): row for rank, row in
              json.loads(said["HTA, traces"].splitlines()[-1]).items()}
    difference = largest_difference(our_ranks(said["ours, traces"]), theirs)
    print_report(options, costs, difference)
    return 0 if difference <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main("trace_analysis", parse, run))
