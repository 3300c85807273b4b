"""Measures contenders: once each to see which of the field's matter, then in shuffled rounds side by side."""

import dataclasses
import json
import os
import random
import statistics

from precision_tools.candidates import Results
from precision_tools.cases import Case

from .contenders import Contender, examine, field, run_folder
from .ratios import quotients

_SCREENING_SECONDS = 1


def cost(result: dict, objective: str) -> float:
    """What the objective goes by, in seconds: median latency, or time a sample."""
    return result["median_seconds"] if objective == "latency" else 1 / result["throughput_per_second"]


def screen(case: Case, objective: str, options) -> list[tuple[Contender, dict]]:
    """Every way of the field with its figures from one short measurement; all of them measured now when one is missing, so
    that they are of one time."""
    results = Results(case, f"search-{objective}-screen")
    found = field(case, objective, options.threads)
    if options.fresh or any(results.get(contender) is None for contender in found):
        print(f"{case.name}, {objective}: screening {len(found)} ways of the field", flush=True)
        for contender in found:
            results.put(contender, examine(case, contender, _SCREENING_SECONDS))
    return [(contender, results.get(contender)) for contender in found]


def front_runners(screened: list[tuple[Contender, dict]], objective: str, count: int = 2) -> list[Contender]:
    """The fastest faithful ones, and the fastest that runs the original: what tools have made may lose its agreement in the
    rounds, where it is compiled anew each time."""
    faithful = sorted(((cost(result, objective), contender) for contender, result in screened if result.get("faithful")),
                      key=lambda pair: pair[0])
    chosen = [contender for _, contender in faithful[:count]]
    if all(contender.maker != "original" for contender in chosen):
        chosen += [contender for _, contender in faithful if contender.maker == "original"][:1]
    return chosen


class Rounds:
    """Results of contenders that were measured in the same rounds."""

    def __init__(self, objective: str, contenders: list[Contender], results: dict[str, list[dict]]):
        self._objective, self.contenders, self._results = objective, contenders, results

    def of(self, contender: Contender) -> list[dict]:
        return self._results[contender.key]

    def median(self, contender: Contender, what: str) -> float:
        return statistics.median(result[what] for result in self.of(contender))

    def speed_ups(self, contender: Contender, base: Contender) -> list[float]:
        """By round: how many times as fast as the base."""
        return quotients(*([cost(result, self._objective) for result in self.of(which)] for which in (base, contender)))

    def is_faithful(self, contender: Contender) -> bool:
        return all(result["faithful"] for result in self.of(contender))

    def foreign_load(self) -> float:
        return max(result["foreign_load"] for results in self._results.values() for result in results)


def _identity(contender: Contender) -> dict:
    return dataclasses.asdict(contender) | {"modified": os.stat(contender.file).st_mtime_ns}


def measure(case: Case, objective: str, name: str, contenders: list[Contender], options) -> Rounds:
    """Every contender once a round, each round in its own order; kept in a file, and measured again when a contender has
    changed.

    errors  RuntimeError: a contender does not run
    """
    file = run_folder(case, name).with_suffix(".rounds.json")
    identity = {"contenders": [_identity(contender) for contender in contenders], "rounds": options.rounds,
                "seconds": options.seconds}
    if not options.fresh and file.exists():
        known = json.loads(file.read_text())
        if known["identity"] == identity:
            return Rounds(objective, contenders, known["results"])
    results: dict[str, list[dict]] = {contender.key: [] for contender in contenders}
    order = random.Random(options.seed)
    for _ in range(options.rounds):
        for contender in order.sample(contenders, len(contenders)):
            result = examine(case, contender, options.seconds)
            if "error" in result:
                raise RuntimeError(f"{contender.label}: {result['error']}")
            results[contender.key].append(result)
    file.write_text(json.dumps({"identity": identity, "results": results}, indent=1))
    return Rounds(objective, contenders, results)
