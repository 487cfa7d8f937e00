"""What the comparisons ask about this machine: its CPU, and who else is using it."""

import os
import re
import resource
import time

# At most this share of the CPUs is busy on an idle machine.
IDLE_SHARE = 0.05


def cpu_ticks():
    """(busy, all) ticks of all CPUs since boot."""
    with open("/proc/stat") as file:
        ticks = [int(t) for t in file.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def busy_share(before, after):
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def wait_for_idle(limit_s):
    """Waits for an idle second; the busy share of the last one looked at."""
    begin = time.monotonic()
    while True:
        before = cpu_ticks()
        time.sleep(1)
        share = busy_share(before, cpu_ticks())
        if share <= IDLE_SHARE or time.monotonic() - begin > limit_s:
            return share


def cpu_model():
    with open("/proc/cpuinfo") as file:
        fields = dict(re.findall(r"^(model name|cpu family|model)\s*: (.*)$", file.read(), re.M))
    return (f"{os.cpu_count()} x {fields.get('model name', 'unknown')} "
            f"(family {fields.get('cpu family')} model {fields.get('model')})")


def instruction_sets():
    """Those of this CPU that integer kernels care about."""
    with open("/proc/cpuinfo") as file:
        flags = re.search(r"^flags\s*: (.*)$", file.read(), re.M)
    known = ("avx2", "avx_vnni", "avx512bw", "avx512_vnni", "avx512_bf16", "amx_int8")
    return ", ".join(name for name in known if flags and name in flags[1].split())


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Watch:
    """Share of the CPUs that others used while we ran something."""

    def __init__(self):
        self.ticks, self.mine = cpu_ticks(), children_seconds()

    def others(self):
        ticks = cpu_ticks()
        mine = (children_seconds() - self.mine) * os.sysconf("SC_CLK_TCK")
        busy = ticks[0] - self.ticks[0] - mine
        return max(0.0, busy / max(1, ticks[1] - self.ticks[1]))


def cores(count):
    """The first `count` CPUs that this process may use, one of each core before any second one."""
    allowed = sorted(os.sched_getaffinity(0))
    seen, first, second = set(), [], []
    for cpu in allowed:
        try:
            with open(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list") as file:
                core = file.read()
        except OSError:
            core = str(cpu)
        (second if core in seen else first).append(cpu)
        seen.add(core)
    return (first + second)[:count]
