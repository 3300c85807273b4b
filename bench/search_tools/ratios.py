"""Arithmetic of ratios that were taken within rounds. Knows no models; doctests: python -m doctest ratios.py"""

import math
import statistics


def geometric_mean(values: list[float]) -> float:
    """
    >>> round(geometric_mean([0.5, 2.0, 8.0]), 6)
    2.0
    """
    return math.exp(statistics.fmean(map(math.log, values)))


def interval(values: list[float]) -> tuple[float, float]:
    """Of the geometric mean, with 95 % (Student's t over the logarithms); the value itself where there is one only.

    >>> interval([2.0])
    (2.0, 2.0)
    >>> low, high = interval([1.0, 4.0])  # logarithms 0 and 2 ln 2: ln 2 ± 12.706 · ln 2
    >>> round(math.log(high / 2) / math.log(2), 3)
    12.706
    """
    if len(values) < 2:
        return values[0], values[0]
    from scipy.stats import t

    logs = [math.log(value) for value in values]
    half = t.ppf(0.975, len(logs) - 1) * statistics.stdev(logs) / math.sqrt(len(logs))
    middle = statistics.fmean(logs)
    return math.exp(middle - half), math.exp(middle + half)


def overlap(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """
    >>> overlap((1.0, 2.0), (2.0, 3.0)), overlap((1.0, 2.0), (2.1, 3.0))
    (True, False)
    """
    return a[0] <= b[1] and b[0] <= a[1]


def quotients(over: list[float], under: list[float]) -> list[float]:
    """
    >>> quotients([4.0, 9.0], [2.0, 3.0])
    [2.0, 3.0]
    """
    return [a / b for a, b in zip(over, under, strict=True)]
