"""Prints what is known: a table a model, then what issue-sized questions it answers."""

import math

from .candidates import REFERENCE, Results, candidates, records
from .cases import Case

_HEAD = (f"{'variant':<28} {'way':<8} {'× ORT':>6} {'range':>11} {'MB':>7} {'SQNR dB':>8} {'worst':>7} {'pooled':>7} {'cosine':>8} "
         f"{'worst':>8} {'faithful':>8} {'convert':>8} {'CPU':>7} {'peak':>8}")


def _row(candidate, figures, timing, reference_timing) -> str:
    size = candidate.conversion.get("bytes")
    speed, spread = "", ""
    if timing and reference_timing:
        ratios = [base / own for base, own in zip(reference_timing["medians"], timing["medians"])]
        speed, spread = f"{_median(ratios):.2f}", f"{min(ratios):.2f}–{max(ratios):.2f}"
    line = f"{candidate.label:<28} {candidate.way:<8} {speed:>6} {spread:>11} {_mega(size):>7} "
    if figures is None:
        return line + "not examined yet"
    if "error" in figures:
        return line + figures["error"][:110]
    conversion = candidate.conversion
    took = f"{conversion['seconds']:.1f} s" if conversion else ""
    cpu = f"{conversion['cpu_seconds']:.1f} s" if conversion else ""
    peak = f"{conversion['peak_bytes'] / 1e6:.0f} MB" if conversion else ""
    return (line + f"{figures['sqnr_mean']:>8.1f} {figures['sqnr_worst']:>7.1f} {figures['sqnr_pooled']:>7.1f} {figures['cosine_mean']:>8.5f} "
            f"{figures['cosine_worst']:>8.5f} {_verdict(candidate, figures):>8} {took:>8} {cpu:>7} {peak:>8}")


def _is_untouched(candidate, figures) -> bool:
    """A tool that found nothing to convert hands the original back."""
    return candidate.kind.startswith(("int8", "weights")) and figures["sqnr_worst"] >= 100


def _verdict(candidate, figures) -> str:
    return "original" if _is_untouched(candidate, figures) else "yes" if figures["faithful"] else "no"


def _mega(size) -> str:
    return "" if size is None else f"{size / 1e6:.1f}"


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def print_model(case: Case, makers: set[str]) -> None:
    fidelity, timing = Results(case, "fidelity"), Results(case, "timing")
    found = candidates(case, makers)
    reference = next(c for c in found if c.key == REFERENCE)
    weights = "" if case.weights == "trained" else f", {case.weights} weights: its fidelity says little"
    print(f"\n{case.name}  {case.shapes}, {case.path.stat().st_size / 1e6:.1f} MB{weights}")
    base = timing.get(reference)
    if base:
        worst = max(base["foreign_load"])
        print(f"original on ONNX Runtime: {1e3 * _median(base['medians']):.2f} ms, {base['threads']} threads, "
              f"{len(base['medians'])} rounds; load from elsewhere up to {worst:.2f} processors"
              + ("  → speeds are not to be trusted" if worst > 0.1 else ""))
    print(_HEAD)
    for candidate in found:
        print(_row(candidate, fidelity.get(candidate), timing.get(candidate), base))
    for record in records(case, makers):
        if record["outcome"] != "made":
            print(f"{record['label']:<28} {record['outcome']}: {' '.join(record['error'].split())[-150:]}")


class Answers:
    """Figures of one model by what the comparison is about."""

    def __init__(self, case: Case, makers: set[str]):
        self.case = case
        self._fidelity, self._timing = Results(case, "fidelity"), Results(case, "timing")
        self._candidates = candidates(case, makers)
        reference = next(c for c in self._candidates if c.key == REFERENCE)
        self._base = self._timing.get(reference)

    def speed(self, candidate) -> float | None:
        timing = self._timing.get(candidate)
        if not timing or not self._base:
            return None
        return _median([base / own for base, own in zip(self._base["medians"], timing["medians"])])

    def figures(self, candidate) -> dict:
        figures = self._fidelity.get(candidate)
        return figures if figures and "error" not in figures else {}

    def of(self, makers=None, kinds=None, ways=None):
        return [c for c in self._candidates if (makers is None or c.maker in makers)
                and (kinds is None or any(c.kind.startswith(kind) for kind in kinds)) and (ways is None or c.way in ways)]

    def fastest_faithful(self, makers):
        """(speed, candidate) or None; the original run any way belongs to both sides."""
        ranked = [(self.speed(c), c) for c in self.of({*makers, "original"})
                  if self.figures(c).get("faithful") and self.speed(c)]
        return max(ranked, key=lambda pair: pair[0], default=None)

    def most_accurate(self, makers, kinds, ways):
        """(SQNR dB, candidate) or None."""
        ranked = [(self.figures(c)["sqnr_mean"], c) for c in self.of(makers, kinds, ways)
                  if self.figures(c) and not _is_untouched(c, self.figures(c))]
        return max(ranked, key=lambda pair: pair[0], default=None)


def _pair(value) -> str:
    return "–" if value is None else f"{value[0]:.2f} {value[1].key}"


def _fidelity_lines(all_answers: list[Answers]) -> None:
    questions = (("INT8 static on OpenVINO", ["int8_static"], {"ov-f32", "ov-bf16"}),
                 ("INT8 static on ONNX Runtime", ["int8_static"], {"ort"}),
                 ("INT8 weights on OpenVINO", ["weights_int8", "int8_weights"], {"ov-f32"}),
                 ("INT8 weights on ONNX Runtime", ["weights_int8", "int8_weights"], {"ort"}),
                 ("INT4 weights on OpenVINO", ["weights_int4", "int4_weights"], {"ov-f32"}),
                 ("INT4 weights on ONNX Runtime", ["weights_int4", "int4_weights"], {"ort"}),
                 ("FP16", ["fp16"], None))
    for title, kinds, ways in questions:
        print(f"\n{title}: best SQNR in dB, the field's and ours")
        for answers in all_answers:
            field, ours = (answers.most_accurate({maker}, kinds, ways) for maker in ("field", "ours"))
            if field or ours:
                print(f"  {answers.case.name:<12} {_pair(field):<36} {_pair(ours)}")


def print_answers(cases: list[Case], makers: set[str]) -> None:
    """Best against best: accuracy by kind of conversion, and the fastest faithful variant."""
    all_answers = [Answers(case, makers) for case in cases]
    _fidelity_lines(all_answers)
    print("\nfastest faithful variant, × the original on ONNX Runtime: the field's, ours, ours / the field's")
    ratios = []
    for answers in all_answers:
        field, ours = (answers.fastest_faithful({maker}) for maker in ("field", "ours"))
        if field and ours:
            ratio = ours[0] / field[0]
            ratios.append(ratio)
            print(f"  {answers.case.name:<12} {_pair(field):<36} {_pair(ours):<36} {ratio:.3f}")
    if ratios:
        print(f"  geometric mean over {len(ratios)} models: {math.exp(sum(map(math.log, ratios)) / len(ratios)):.3f}")
