"""What autoaccel recommends against the best of the field, model by model, and what it comes to."""

import dataclasses

from precision_tools.candidates import Results
from precision_tools.cases import Case

from . import ours
from .contenders import Contender, missing_tools, reference, run_folder
from .ratios import geometric_mean, interval, overlap, quotients
from .rounds import Rounds, front_runners, measure, screen

_AGREES_WITHIN = 0.05  # of the stated throughput


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Of one model under one objective. ours: None where the original stays."""

    case: Case
    objective: str
    run: dict
    base: Contender
    ours: Contender | None
    field: list[Contender]
    rounds: Rounds

    @property
    def best_of_field(self) -> Contender:
        """The original counts as the field's too."""
        faithful = [contender for contender in self.field if self.rounds.is_faithful(contender)]
        return max([self.base, *faithful], key=lambda which: geometric_mean(self.rounds.speed_ups(which, self.base)))

    @property
    def counted(self) -> Contender:
        """What counts as ours: what is recommended; the original where nothing is, or it is not faithful."""
        return self.ours if self.ours and self.rounds.is_faithful(self.ours) else self.base

    def ratios(self) -> list[float]:
        """Ours over the field's best, by round."""
        return quotients(*(self.rounds.speed_ups(which, self.base) for which in (self.counted, self.best_of_field)))


def compare(case: Case, objective: str, search: ours.Search, options) -> Comparison:
    """errors  RuntimeError: optimize fails, or something recommended does not run"""
    folder = run_folder(case, objective)
    run = ours.optimize(case, objective, search, folder, options.fresh)
    base, chosen = reference(case), ours.contender(run, folder)
    screened = screen(case, objective, options)
    rivals = front_runners(screened, objective)
    contenders = [base, *([chosen] if chosen else []), *rivals]
    found = Comparison(case, objective, run, base, chosen, rivals, measure(case, objective, objective, contenders, options))
    _print(found)
    _print_lost_agreement(case, screened)
    return found


def bounds(values: list[float]) -> str:
    low, high = interval(values)
    return f"{geometric_mean(values):.2f} × [{low:.2f}, {high:.2f}]"


def _line(found: Comparison, who: str, contender: Contender) -> str:
    results = found.rounds.of(contender)
    mean, worst = min(r["sqnr_mean"] for r in results), min(r["sqnr_worst"] for r in results)
    verdict = "faithful" if found.rounds.is_faithful(contender) else "NOT faithful"
    return (f"  {who:<6} {bounds(found.rounds.speed_ups(contender, found.base)):<22} {contender.label}: mean {mean:.1f} dB, "
            f"worst {worst:.1f} dB, {verdict}")


def _print(found: Comparison) -> None:
    rounds = found.rounds
    first = (f"{1e3 * rounds.median(found.base, 'median_seconds'):.3f} ms" if found.objective == "latency"
             else f"{rounds.median(found.base, 'throughput_per_second'):.1f} samples/s")
    load = rounds.foreign_load()
    print(f"\n{found.case.name}, {found.objective}: original on ONNX Runtime {first}, {len(rounds.of(found.base))} rounds; load "
          f"from elsewhere up to {load:.2f} processors" + ("  → not to be trusted" if load > 0.1 else ""))
    if found.ours:
        print(_line(found, "ours", found.ours))
        _print_stated(found)
    else:
        print(f"  ours   1.00 ×  {found.run['verdict']}")
    for contender in found.field:
        print(_line(found, "field", contender))
    print(f"  ours / field {bounds(found.ratios())}")
    missing = missing_tools(found.case)
    if missing:
        print(f"  not tried: {', '.join(missing)}; bench/precision tools {found.case.name} makes them")


def _print_stated(found: Comparison) -> None:
    """What run.json says of the recommended variant, against what was measured here."""
    rounds, record = found.rounds, ours.recommended(found.run)
    original = ours.record_of(found.run, found.run["original"])
    stated, here = record["measurement"]["throughput_per_second"], rounds.median(found.ours, "throughput_per_second")
    drift = rounds.median(found.base, "throughput_per_second") / original["measurement"]["throughput_per_second"] - 1
    off = here / stated - 1
    print(f"         stated {stated:.1f} samples/s, here {here:.1f}: {100 * off:+.1f} %, "
          f"{'within' if abs(off) <= _AGREES_WITHIN else 'NOT within'} {100 * _AGREES_WITHIN:.0f} % (the original {100 * drift:+.1f} %)")
    said, own = stated_interval(record), interval(rounds.speed_ups(found.ours, found.base))
    print(f"         stated {record['speed_up']:.2f} × [{said[0]:.2f}, {said[1]:.2f}]: intervals "
          f"{'overlap' if overlap(said, own) else 'do NOT overlap'}")
    doubts = {doubt for result in rounds.of(found.ours) for doubt in result["doubts"]}
    for doubt in sorted(doubts) + [f"does not set {setting}" for setting in ours.unset(found.ours)]:
        print(f"         best/README.md: {doubt}")


def stated_interval(record: dict) -> tuple[float, float]:
    """Of the speed-up; the speed-up itself where the record was not in the final."""
    known = record.get("speed_up_interval")
    return (known["low"], known["high"]) if known else (record["speed_up"], record["speed_up"])


def _print_lost_agreement(case: Case, screened: list[tuple[Contender, dict]]) -> None:
    """Files that bench/precision found faithful with one request at a time, and that other settings make unfaithful."""
    known = Results(case, "fidelity")
    alone = {key for key, result in known.all().items() if result.get("faithful")}
    for contender, result in screened:
        if "error" not in result and not result["faithful"] and "/".join(contender.label.split("/")[:2]) in alone:
            print(f"  lost agreement by settings alone: {contender.label}: mean {result['sqnr_mean']:.1f} dB, worst "
                  f"{result['sqnr_worst']:.1f} dB, cosine {result['cosine_worst']:.4f}")


def _behind(found: list[Comparison]) -> str:
    names = []
    for comparison in found:
        ratios = comparison.ratios()
        if geometric_mean(ratios) < 1:
            doubt = ", within the noise" if interval(ratios)[1] >= 1 else ""
            names.append(f"{comparison.case.name} ({geometric_mean(ratios):.3f}{doubt})")
    return f"behind on {', '.join(names)}" if names else "behind on no model"


def print_overview(found: list[Comparison]) -> None:
    """A table in Markdown for each objective, geometric means last."""
    for objective in dict.fromkeys(comparison.objective for comparison in found):
        rows = [comparison for comparison in found if comparison.objective == objective]
        print(f"\n{objective}, × the original on ONNX Runtime with default settings\n")
        print("| model | ours | recommended | field's best | which | ours / field |\n|---|---:|---|---:|---|---:|")
        columns: list[list[float]] = [[], [], []]
        for row in rows:
            figures = [geometric_mean(values) for values in (
                row.rounds.speed_ups(row.counted, row.base), row.rounds.speed_ups(row.best_of_field, row.base), row.ratios())]
            for column, figure in zip(columns, figures):
                column.append(figure)
            name = row.ours.label if row.ours else "the original"
            if row.ours and row.counted is row.base:
                name += " (not faithful: counts as the original)"
            print(f"| {row.case.name} | {figures[0]:.2f} | {name} | {figures[1]:.2f} | {row.best_of_field.label} | {figures[2]:.3f} |")
        ours_mean, field_mean, ratio = (geometric_mean(column) for column in columns)
        print(f"| geometric mean | {ours_mean:.2f} | | {field_mean:.2f} | | {ratio:.3f} |\n\n{objective}: {_behind(rows)}")
