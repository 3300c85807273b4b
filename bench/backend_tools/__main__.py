"""See bench/backend."""

import argparse
import fnmatch
import json
import multiprocessing
import multiprocessing.connection
import sys
import tempfile
from collections import Counter
from pathlib import Path

from .cases import all_cases
from .sweep import AGREES, CRASHED, DEFECTS, INVALID, NO_REFERENCE, OUTSIDE, REFUSED, UNLOADED, Row, Sweep, rows

_SECONDS_A_RESULT = 600  # beyond the tool's own limit: a runtime hangs


def _work(cases: list, wanted: list[Row], autoaccel: Path, ends) -> None:
    """In a child, because runtimes may take their process with them: says what it begins, and what came of it."""
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            ends.send(("begin", case.key, "", None))
            sweep = Sweep(case, autoaccel, Path(folder))
            for row in wanted:
                ends.send(("begin", case.key, row.label, None))
                ends.send(("done", case.key, row.label, sweep.result(row)))
    ends.send(("end", "", "", None))


class _Shard:
    """Cases that one child at a time goes through; a new one begins behind what the last one died of."""

    def __init__(self, cases: list, wanted: list[Row], autoaccel: Path):
        self._cases, self._wanted, self._autoaccel = cases, wanted, autoaccel
        self._context = multiprocessing.get_context("fork")  # the tests are made once; no runtime is loaded yet
        self._start(cases, wanted)

    def _start(self, cases: list, wanted: list[Row]) -> None:
        self._left, self._rows = cases, wanted
        self._doing = ("", "")
        self.ends, theirs = self._context.Pipe()
        self._child = self._context.Process(target=_work, args=(cases, wanted, self._autoaccel, theirs))
        self._child.start()
        theirs.close()

    def next(self) -> dict | None:
        """The next result; None at the end."""
        while True:
            try:
                if not self.ends.poll(_SECONDS_A_RESULT):
                    raise EOFError
                what, key, label, result = self.ends.recv()
            except EOFError:
                return self._after_death()
            if what == "end":
                self._child.join()
                return None
            if what == "done":
                return result
            self._doing = (key, label)

    def _after_death(self) -> dict:
        self._child.kill()
        self._child.join()
        key, label = self._doing
        at = next(i for i, case in enumerate(self._cases) if case.key == key)
        result = {"test": key, "row": label, "outcome": CRASHED if label else NO_REFERENCE,
                  "why": f"the runtime ended its process ({self._child.exitcode})"}
        self._start(self._cases[at + 1:], self._wanted)
        return result


def _sweep(cases: list, wanted: list[Row], args: argparse.Namespace) -> list[dict]:
    shards = [_Shard(cases[i::args.processes], wanted, args.autoaccel) for i in range(args.processes)]
    results = []
    args.out.mkdir(parents=True, exist_ok=True)
    with open(args.out / "results.jsonl", "w") as file:
        while shards:
            for ready in multiprocessing.connection.wait([shard.ends for shard in shards]):
                shard = next(shard for shard in shards if shard.ends is ready)
                result = shard.next()
                if result is None:
                    shards.remove(shard)
                    continue
                results.append(result)
                file.write(json.dumps(result) + "\n")
                file.flush()
                if len(results) % 1000 == 0:
                    print(f"{len(results)} of {len(cases) * len(wanted)}", file=sys.stderr)
    return results


_COLUMNS = (AGREES, NO_REFERENCE, REFUSED, OUTSIDE, UNLOADED, INVALID, CRASHED)


def _print_table(results: list[dict], wanted: list[Row]) -> None:
    print("| recipe | tests | " + " | ".join(_COLUMNS) + " |")
    print("|---" * (2 + len(_COLUMNS)) + "|")
    for row in wanted:
        counts = Counter(result["outcome"] for result in results if result["row"] == row.label)
        print(f"| {row.label} | {counts.total()} | " + " | ".join(str(counts[column]) for column in _COLUMNS) + " |")
    for outcome in (*DEFECTS, OUTSIDE):
        for result in sorted((r for r in results if r["outcome"] == outcome), key=lambda r: (r["row"], r["test"])):
            print(f"{outcome}: {result['row']}: {result['test']}: {result['why']}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/backend", description=__doc__)
    parser.add_argument("--autoaccel", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipes", nargs="*", default=[])
    parser.add_argument("--tests", nargs="*", default=["*"], help="patterns of <kind>/<name>")
    parser.add_argument("--every", type=int, default=1, help="of the tests, one in so many")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    args.autoaccel, args.out = args.autoaccel.resolve(), args.out.resolve()
    wanted = [row for row in rows(args.autoaccel) if not args.recipes or row.recipe in args.recipes]
    cases = [case for case in all_cases() if any(fnmatch.fnmatch(case.key, pattern) for pattern in args.tests)]
    results = _sweep(cases[::args.every], wanted, args)
    _print_table(results, wanted)
    return any(result["outcome"] in DEFECTS for result in results)


if __name__ == "__main__":
    sys.exit(main())
