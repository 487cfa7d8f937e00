"""Two nets on the same images: docs/metrics.md#int8-accuracy, as quant/accuracy.cc has it."""

import math


def mcnemar(lost, gained):
    """p of the exact two-sided test."""
    n = lost + gained
    tail = sum(math.comb(n, i) for i in range(min(lost, gained) + 1))
    return min(1.0, 2 * tail / 2**n)


def compare(labels, before, after):
    """Classes of one net against those of another, figures in percent or points."""
    n = len(labels)
    lost = int(((before == labels) & (after != labels)).sum())
    gained = int(((before != labels) & (after == labels)).sum())
    spread = math.sqrt(lost + gained - (lost - gained) ** 2 / n)
    return {"lost": lost, "gained": gained, "difference": 100 * (gained - lost) / n,
            "half_interval": 100 * 1.96 * spread / n, "p": mcnemar(lost, gained),
            "agreement": 100 * float((before == after).mean())}
