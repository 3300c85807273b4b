"""The command line of bench/search."""

import argparse
import os
import sys
from pathlib import Path

from precision_tools.cases import CASES

from .ours import Search

_MODELS = ("ppocr_det", "ppocr_rec", "ppocr_cls", "silero_vad", "magika", "nudenet")
_OBJECTIVES = ("latency", "throughput")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/search", description="What autoaccel optimize recommends against the best of the field's own tools.")
    parser.add_argument("--autoaccel", type=Path, required=True, help="binary (default: build/bin/autoaccel)")
    parser.add_argument("--objective", nargs="+", choices=_OBJECTIVES, default=list(_OBJECTIVES), help="default: both")
    parser.add_argument("--models", nargs="+", choices=tuple(CASES), default=list(_MODELS), metavar="MODEL",
                        help=f"of {', '.join(CASES)} (default: {', '.join(_MODELS)})")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--repeat", type=int, metavar="N", help="instead: the default search N times; do they agree")
    instead.add_argument("--aa", type=int, metavar="N", help="instead: the original against itself in N tries; are they ties")
    instead.add_argument("--economy", action="store_true", help="instead: default against exhaustive search; takes hours")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="of one measurement (default: %(default)s)")
    parser.add_argument("--samples", type=int, default=16, help="that optimize is given (default: %(default)s)")
    parser.add_argument("--accuracy", type=float, default=30, metavar="DB",
                        help="mean SQNR that optimize is told to keep, the worst sample 10 dB below; 0: its recipes' own limits "
                             "(default: %(default)s)")
    parser.add_argument("--budget", help='of optimize, such as "2 min" (default: its own)')
    parser.add_argument("--limit", type=float, default=6 * 3600, help="seconds for one optimize (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of the field's variants")
    parser.add_argument("--fresh", action="store_true", help="make and measure again what is there")
    parser.add_argument("--seed", type=int, default=1, help="of the order of measurements, and of optimize")
    return parser.parse_args()


def main() -> None:
    options = _arguments()
    from . import comparison, experiments

    action = (experiments.repeat if options.repeat else experiments.same_against_same if options.aa
              else experiments.economy if options.economy else comparison.compare)
    search = Search(options.autoaccel, options.limit, options.samples, options.accuracy or None, options.budget, options.seed)
    found, failed = [], []
    for name in options.models:
        for objective in options.objective:
            try:
                found.append(action(CASES[name], objective, search, options))
            except RuntimeError as error:  # one model's failure is a line of the result
                failed.append(f"{name}, {objective}: {error}")
                print(f"\n{failed[-1]}", flush=True)
    if action is comparison.compare and found:
        comparison.print_overview(found)
    if action is experiments.economy and found:
        experiments.print_economy(found)
    if failed:
        print("\nnot compared:\n" + "\n".join(failed))
        sys.exit(1)
