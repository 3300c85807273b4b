"""Whether outputs agree, by the rules of src/compare/compare.h."""

import numpy as np


def disagreement(reference: list[dict], made: list[dict], sqnr_db: float, probability_error: float) -> str:
    """What is wrong with the first output that is outside the limit; empty when all are inside.

    reference, made  outputs by name, a mapping for each sample
    """
    for name in reference[0]:
        pairs = []
        for before, after in zip(reference, made):
            if name not in after:
                return f"{name}: missing"
            trouble = _pairs(before[name], after[name], pairs)
            if trouble:
                return f"{name}: {trouble}"
        trouble = _judge(pairs, sqnr_db, probability_error)
        if trouble:
            return f"{name}: {trouble}"
    return ""


def _pairs(before, after, pairs: list) -> str:
    """Adds the tensors of a value, which may be a sequence or nothing; says what of their forms differs."""
    if before is None or after is None:
        return "" if before is None and after is None else "there in one of the two only"
    if isinstance(before, dict):
        before, after = [np.array(list(value.items())) for value in (before, after)]
    if isinstance(before, (list, tuple)):
        if len(before) != len(after):
            return f"{len(after)} elements instead of {len(before)}"
        return next(filter(None, (_pairs(b, a, pairs) for b, a in zip(before, after))), "")
    before, after = np.asarray(before), np.asarray(after)
    if before.shape != after.shape:
        return f"shape {after.shape} instead of {before.shape}"
    pairs.append((before, after))
    return ""


def _is_float(array: np.ndarray) -> bool:
    return array.dtype.kind == "f" or "float" in array.dtype.name


def _judge(pairs: list, sqnr_db: float, probability_error: float) -> str:
    if not pairs:
        return ""
    if not all(_is_float(before) for before, _ in pairs):
        equal = np.mean([np.mean(before == after) if before.size else 1 for before, after in pairs])
        return "" if equal >= 1 - probability_error else f"{equal:.3f} of the elements equal"
    ratios = []
    pairs = [(before.astype(np.float64), after.astype(np.float64)) for before, after in pairs]
    finite = [before[np.isfinite(before)] for before, _ in pairs]
    are_probabilities = (all(np.all((f >= 0) & (f <= 1)) for f in finite)
                         and any(f.size and f.max() >= 0.05 for f in finite))
    for before, after in pairs:
        same = (before == after) | (np.isnan(before) & np.isnan(after))
        if np.any(~same & ~(np.isfinite(before) & np.isfinite(after))):
            return "NaN or infinity in one of the two"
        before, after = np.where(same, np.nan_to_num(before, posinf=0, neginf=0), before), np.where(
            same, np.nan_to_num(before, posinf=0, neginf=0), after)
        noise = np.sum((after - before) ** 2)
        signal = np.sum(before**2)
        ratios.append(300.0 if noise == 0 else -300.0 if signal == 0 else 10 * np.log10(signal / noise))
        if are_probabilities:
            error = np.sqrt(noise / max(1, np.sum((before >= 0.05) | (after >= 0.05))))
            if error > probability_error:
                return f"error of probabilities {error:.2g}"
    if np.mean(ratios) < sqnr_db or min(ratios) < sqnr_db - 10:
        return f"{np.mean(ratios):.1f} dB, worst {min(ratios):.1f} dB"
    return ""
