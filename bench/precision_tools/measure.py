"""Examines candidates: fidelity once each, speed in shuffled rounds with one child process a measurement."""

import random

from .candidates import REFERENCE, Candidate, Results, candidates, examine
from .cases import Case
from .runtimes import references


def judge(case: Case, makers: set[str], threads: int, fresh: bool) -> None:
    """Fidelity of every candidate that has none yet."""
    references(case)
    results = Results(case, "fidelity")
    for candidate in candidates(case, makers):
        if fresh or results.get(candidate) is None:
            result = examine(case, candidate, threads, 0)
            results.put(candidate, result)
            said = result.get("error") or f"{result['sqnr_mean']:.1f} dB, worst {result['sqnr_worst']:.1f} dB"
            print(f"{case.name} {candidate.key}: {said}", flush=True)


def _worth_timing(candidate: Candidate, figures: dict | None, everything: bool) -> bool:
    """Faithful ones, and INT8 as such: its speed is compared even where it is not faithful."""
    if figures is None or "error" in figures:
        return False
    return everything or figures["faithful"] or candidate.kind.startswith("int8_static") or candidate.kind == "best"


def time_rounds(case: Case, makers: set[str], options) -> None:
    """Every candidate once a round, each round in its own order; figures are kept only when all rounds are done.

    Ratios are taken within a round, so that a machine whose speed drifts does not favour one.
    """
    fidelity, results = Results(case, "fidelity"), Results(case, "timing")
    chosen = [c for c in candidates(case, makers)
              if c.key == REFERENCE or _worth_timing(c, fidelity.get(c), options.everything)]
    order = random.Random(options.seed)
    medians: dict[str, list[float]] = {c.key: [] for c in chosen}
    loads: dict[str, list[float]] = {c.key: [] for c in chosen}
    doubts: dict[str, str] = {}
    for number in range(options.rounds):
        order.shuffle(chosen)
        for candidate in chosen:
            result = examine(case, candidate, options.threads, options.seconds)
            if "error" in result:
                doubts[candidate.key] = result["error"]
                continue
            medians[candidate.key].append(result["median_seconds"])
            loads[candidate.key].append(result["foreign_load"])
            known = fidelity.get(candidate)
            if known and abs(known["sqnr_mean"] - result["sqnr_mean"]) > 1:
                doubts[candidate.key] = f"{known['sqnr_mean']:.1f} dB before, {result['sqnr_mean']:.1f} dB now"
        print(f"{case.name}: round {number + 1} of {options.rounds}, {len(chosen)} candidates", flush=True)
    for candidate in chosen:
        if len(medians[candidate.key]) == options.rounds:
            results.put(candidate, {"medians": medians[candidate.key], "foreign_load": loads[candidate.key],
                                    "threads": options.threads, "seconds": options.seconds})
    for key, doubt in doubts.items():
        print(f"{case.name} {key}: differs from one compilation to the next: {doubt}", flush=True)
