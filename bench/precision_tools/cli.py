"""The command line of bench/precision."""

import argparse
import os
from pathlib import Path

from .cases import CASES, Case

STEPS = {
    "data": "make calibration and validation samples (and export the transformers)",
    "tools": "convert with the field's tools",
    "ours": "convert with autoaccel, every recipe",
    "optimize": "run autoaccel optimize, which sees none of the samples, and judge what it recommends",
    "fidelity": "compare every conversion with the original on the validation samples",
    "measure": "time the original, the faithful ones and INT8 in interleaved rounds; wants a quiet machine",
    "table": "print what is known, model by model, and what it comes to",
    "overview": "print the models side by side, as Markdown",
    "all": "all of these",
}


def _data(case: Case, options) -> None:
    from . import data

    data.make(case, options.fresh)


def _tail(text: str) -> str:
    return " ".join(text.split())[-150:]


def _report(case: Case, record: dict) -> None:
    said = f"{record['bytes'] / 1e6:.1f} MB" if record["outcome"] == "made" else _tail(record["error"])
    print(f"{case.name} {record['label']}: {record['outcome']} in {record['seconds']:.1f} s ({record['cpu_seconds']:.1f} s of "
          f"CPU, {record['peak_bytes'] / 1e6:.0f} MB): {said}", flush=True)


def _tools(case: Case, options) -> None:
    from . import tools

    for tool in tools.TOOLS.values():
        if tool.applies_to(case) and (not options.only or tool.name in options.only):
            _report(case, tools.convert(case, tool, options.fresh, options.limit))


def _ours(case: Case, options) -> None:
    from . import ours

    for recipe in ours.recipes(options.autoaccel):
        if not options.only or recipe["name"] in options.only:
            _report(case, ours.convert(case, recipe, options.autoaccel, options.limit))


def _optimize(case: Case, options) -> None:
    from . import ours

    _report(case, ours.optimize(case, options.autoaccel, options.limit, options.budget))


def _fidelity(case: Case, options) -> None:
    from . import measure

    measure.judge(case, {"field", "ours"}, options.threads, options.fresh)


def _measure(case: Case, options) -> None:
    from . import measure

    measure.time_rounds(case, set(options.makers), options)


def _table(case: Case, options) -> None:
    from . import table

    table.print_model(case, set(options.makers))


_RUN = {"data": _data, "tools": _tools, "ours": _ours, "optimize": _optimize, "fidelity": _fidelity, "measure": _measure,
        "table": _table}


def _arguments() -> argparse.Namespace:
    steps = "\n".join(f"  {name:<10} {what}" for name, what in STEPS.items())
    parser = argparse.ArgumentParser(prog="bench/precision", formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=f"Compare conversions of models. Steps:\n{steps}")
    parser.add_argument("--autoaccel", type=Path, required=True, help="binary (default: build/bin/autoaccel)")
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(CASES)} (default: all)")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="tools or recipes, for tools and ours")
    parser.add_argument("--makers", nargs="+", default=["field", "ours"], choices=["field", "ours"],
                        help="whose conversions are measured and printed")
    parser.add_argument("--fresh", action="store_true", help="make again what is there")
    parser.add_argument("--limit", type=float, default=1800, help="seconds for one conversion (default: %(default)s)")
    parser.add_argument("--budget", default="5 min", help="of autoaccel optimize (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="of one measurement (default: %(default)s)")
    parser.add_argument("--everything", action="store_true", help="time what is neither faithful nor INT8 too")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    unknown = [name for name in options.models if name not in CASES]
    if unknown:
        parser.error(f"unknown model {', '.join(unknown)}; there are {', '.join(CASES)}")
    return options


def main() -> None:
    options = _arguments()
    chosen = [CASES[name] for name in options.models or CASES]
    if options.step == "overview":
        from .overview import print_overview

        print_overview(chosen, set(options.makers))
        return
    # One model after the other, each with all of its steps: tables appear as soon as they can.
    for case in chosen:
        for step in _RUN if options.step == "all" else [options.step]:
            _RUN[step](case, options)
    if options.step in ("table", "all"):
        from . import table

        table.print_answers(chosen, set(options.makers))


if __name__ == "__main__":
    main()
