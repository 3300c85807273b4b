"""How well the search repeats itself, what it says of equals, and what it costs against trying everything."""

import itertools
import json
import subprocess
from dataclasses import replace

from precision_tools.cases import Case

from . import ours
from .comparison import bounds, stated_interval
from .contenders import reference, run_folder
from .ratios import geometric_mean, overlap, quotients
from .rounds import measure


def repeat(case: Case, objective: str, search: ours.Search, options) -> None:
    """The default search several times, each in a folder of its own."""
    chosen = []
    print(f"\n{case.name}, {objective}: {options.repeat} runs of the default search")
    for number in range(1, options.repeat + 1):
        run = ours.optimize(case, objective, search, run_folder(case, f"{objective}-repeat-{number}"), options.fresh)
        record = ours.record_of(run, run["recommended"] or run["original"])
        low, high = stated_interval(record)
        chosen.append((record, (low, high)))
        print(f"  {number}  {record['speed_up']:.2f} × [{low:.2f}, {high:.2f}]  {record['id']}, {_spent(run)}", flush=True)
    same = len({(record["recipe"], record["io"], record["runtime"]) for record, _ in chosen}) == 1
    agree = all(overlap(a, b) for (_, a), (_, b) in itertools.combinations(chosen, 2))
    print(f"  recipe and runtime {'agree' if same else 'DIFFER'}; the intervals {'overlap' if agree else 'do NOT all overlap'}")


def _twins(case: Case, objective: str, search: ours.Search) -> list[str]:
    """The original and an equal variant of it: what is ONNX Runtime's default anyway, asked for by name."""
    config = ours.write_config(case, objective, search, run_folder(case, f"{objective}-aa"))
    done = subprocess.run([search.autoaccel, "plan", case.path, "--config", config, "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"plan: {done.stderr.strip()[-300:]}")
    original = json.loads(done.stdout)[0]["id"]
    prefix = "onnxruntime-original"
    return [original, prefix + "-arena=on" + original.removeprefix(prefix)]


def same_against_same(case: Case, objective: str, search: ours.Search, options) -> None:
    """The original against itself under another name: it is a tie when the original stays."""
    twins = _twins(case, objective, search)
    ties, covered, doubtful = 0, 0, 0
    print(f"\n{case.name}, {objective}: {twins[0]} against {twins[1]}")
    for number in range(1, options.aa + 1):
        run = ours.optimize(case, objective, replace(search, seed=number), run_folder(case, f"{objective}-aa-{number}"),
                            options.fresh, ["--only", twins[1]])
        twin = ours.record_of(run, twins[1])
        if twin is None or twin["speed_up"] is None:
            raise RuntimeError(f"try {number}: {twins[1]} was not measured: {twin and twin['reason']}")
        low, high = stated_interval(twin)
        is_tie = ours.recommended(run) is None
        ties, covered, doubtful = ties + is_tie, covered + (low <= 1 <= high), doubtful + (twin["outcome"] != "ok")
        print(f"  {number:>2}  {twin['speed_up']:.3f} × [{low:.3f}, {high:.3f}]  {'tie' if is_tie else 'NOT a tie'}"
              f"{': ' + twin['reason'] if twin['reason'] else ''}", flush=True)
    print(f"  a tie in {ties} of {options.aa} tries; 1 lies in the interval in {covered}; autoaccel itself does not trust the "
          f"figures in {doubtful}")


def _spent(run: dict) -> str:
    """What the search took, by itself and as a process."""
    search = run["search"]
    return f"{search['trials']} trials in {search['seconds']:.0f} s, {run['process_seconds']:.0f} s with all"


def economy(case: Case, objective: str, search: ours.Search, options) -> dict:
    """Default and exhaustive search in turn; what both recommend is then measured side by side.

    returns  a row for print_economy
    """
    kinds = {"default": [], "exhaustive": ["--strategy", "exhaustive"]}
    runs, chosen = {}, {}
    for kind, extra in kinds.items():
        folder = run_folder(case, f"{objective}-economy-{kind}")
        # A budget is what the default search ends by; trying everything has none.
        asked = search if kind == "default" else replace(search, budget=None)
        runs[kind] = ours.optimize(case, objective, asked, folder, options.fresh, extra)
        found = ours.contender(runs[kind], folder) or reference(case)
        chosen[kind] = replace(found, label=f"{kind}: {found.label}")
        print(f"{case.name}, {objective}, {kind}: {_spent(runs[kind])}: {found.label}", flush=True)
    base = reference(case)
    rounds = measure(case, objective, f"{objective}-economy", [base, *chosen.values()], options)
    speed = {kind: rounds.speed_ups(contender, base) for kind, contender in chosen.items()}
    return {"case": case, "objective": objective, "runs": runs, "chosen": chosen, "speed": speed,
            "reached": quotients(speed["default"], speed["exhaustive"])}


def print_economy(rows: list[dict]) -> None:
    """Markdown; the last column is what has to be 0.95 at least, the one before 0.15 at most."""
    print("\n| model | objective | default | trials | s | exhaustive | trials | s | time | found |\n"
          "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        cells = []
        for kind, run in row["runs"].items():
            cells += [f"{geometric_mean(row['speed'][kind]):.2f} ×", str(run["search"]["trials"]), f"{run['search']['seconds']:.0f}"]
        time = row["runs"]["default"]["search"]["seconds"] / row["runs"]["exhaustive"]["search"]["seconds"]
        print(f"| {row['case'].name} | {row['objective']} | {' | '.join(cells)} | {time:.3f} | {bounds(row['reached'])} |")
