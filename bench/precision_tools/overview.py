"""The figures of all models side by side, as a Markdown table for docs/benchmarks.md."""

from .candidates import Results, candidates, records
from .cases import Case
from .table import Answers


def _cell(answers: Answers, candidate) -> str:
    figures = answers.figures(candidate)
    if not figures:
        return "does not run"
    speed = answers.speed(candidate)
    said = f"{figures['sqnr_mean']:.1f} / {figures['sqnr_worst']:.1f}"
    said = f"**{said}**" if figures["faithful"] else said
    return said + (f" · {speed:.2f} ×" if speed else "")


def print_overview(cases: list[Case], makers: set[str]) -> None:
    """A row for each variant and way, a column for each model: mean / worst SQNR in dB (bold: faithful) · speed."""
    columns, rows = [], []
    for case in cases:
        answers = Answers(case, makers)
        column = {candidate.key: _cell(answers, candidate) for candidate in candidates(case, makers)
                  if Results(case, "fidelity").get(candidate)}
        column |= {f"{record['label']}/": record["outcome"] for record in records(case, makers)
                   if record["outcome"] != "made"}
        columns.append(column)
        rows += [key for key in column if key not in rows and not key.endswith("/")]
    print("| variant | " + " | ".join(case.name for case in cases) + " |")
    print("|---" * (len(cases) + 1) + "|")
    for key in sorted(rows, key=lambda key: (not key.startswith("original"), key)):
        label = key.split("/")[0]
        print(f"| {key} | " + " | ".join(column.get(key) or column.get(f"{label}/", "") for column in columns) + " |")
