"""The command line of bench/precision."""

import argparse
from pathlib import Path

from . import data
from .cases import CASES


def main():
    parser = argparse.ArgumentParser(prog="bench/precision", description="compare conversions of models")
    parser.add_argument("--autoaccel", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("step", choices=["data"])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(CASES)} (default: all)")
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    for name in options.models or CASES:
        case = CASES[name]
        data.make(case, options.fresh)


if __name__ == "__main__":
    main()
