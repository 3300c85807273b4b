"""Runs `autoaccel optimize`, and reads from its run folder what it recommends and what it says of it."""

import dataclasses
import json
import re
import shutil
from pathlib import Path

from precision_tools.cases import Case
from precision_tools.process import run_recorded

from .batches import BATCH, batch_axes, batched_shape
from .contenders import Contender

_PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
_UNSET = re.compile(r"^ *# (\w+ = \w+)$", re.MULTILINE)  # what best/README.md says of a setting that it has no code for


@dataclasses.dataclass(frozen=True)
class Search:
    """How optimize is run."""

    autoaccel: Path
    limit_seconds: float  # the process is ended after that
    samples: int = 16  # of the model's calibration samples
    accuracy_db: float | None = 30  # what this benchmark calls faithful; None: each recipe's own limit
    budget: str | None = None  # None: optimize decides
    seed: int = 1


def write_config(case: Case, objective: str, search: Search, folder: Path) -> Path:
    """config.yml beside the run folder: shapes, samples, the objective; for throughput the range of batches too."""
    axes = batch_axes(case) if objective == "throughput" else {}
    files = [str(path) for path in case.files("calibration")[:search.samples]]
    lines = ["device: cpu", f"objective: {objective}"]
    if search.accuracy_db is not None:
        lines.append(f"accuracy: {{metric: sqnr_db, limit: {search.accuracy_db:g}}}")
    told = [f"seed: {search.seed}"] + ([f"budget: {search.budget}"] if search.budget else [])
    lines += [f"search: {{{', '.join(told)}}}", "input:"]
    for name, shape in case.shapes.items():
        largest = f", min_shape: {shape}, max_shape: {batched_shape(case, name, axes, BATCH)}" if name in axes else ""
        lines.append(f"  {json.dumps(name)}: {{use_shape: {shape}{largest}, data: {json.dumps(files)}}}")
    path = folder.with_suffix(".yml")
    path.write_text("\n".join(lines) + "\n")
    return path


def optimize(case: Case, objective: str, search: Search, folder: Path, fresh: bool, extra: list[str] | None = None) -> dict:
    """run.json of the run in `folder`, with the process's wall time as `process_seconds`; made now, unless it is there.

    errors  RuntimeError: the command's own words
    """
    said = folder.with_suffix(".process.json")
    if fresh or not said.exists() or not (folder / "run.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        said.unlink(missing_ok=True)
        config = write_config(case, objective, search, folder)
        command = [str(search.autoaccel), "optimize", str(case.path), "--config", str(config), "--out", str(folder)]
        record = run_recorded(command + (extra or []), search.limit_seconds, folder / "run.json")
        # 1: finished, nothing qualified; run.json says so as well.
        if record["outcome"] != "made" and not _is_finished(folder):
            raise RuntimeError(f"optimize {record['outcome']}: {' '.join(record['error'].split())[-300:]}")
        said.write_text(json.dumps(record, indent=1))
    elif said.stat().st_mtime < search.autoaccel.stat().st_mtime:
        print(f"{case.name}: {folder.name} is of an older build; --fresh makes it again", flush=True)
    run = json.loads((folder / "run.json").read_text())
    return run | {"process_seconds": json.loads(said.read_text())["seconds"]}


def _is_finished(folder: Path) -> bool:
    file = folder / "run.json"
    return file.exists() and bool(json.loads(file.read_text())["finished"])


def record_of(run: dict, name: str) -> dict | None:
    return next((record for record in run["records"] if record["id"] == name), None)


def recommended(run: dict) -> dict | None:
    """The record to deploy; None: the original stays."""
    return None if run["recommended"] in (None, run["original"]) else record_of(run, run["recommended"])


def unset(chosen: Contender) -> list[str]:
    """Settings that the code names without setting them: then it is another variant that is loaded."""
    return [setting for setting in _UNSET.findall(chosen.code) if not setting.startswith("batch ")]


def contender(run: dict, folder: Path) -> Contender | None:
    """What best/ holds, loaded by the Python code of its README.md; None: the original stays.

    Settings are in that code alone, but for what Python code cannot say: sessions and requests side by side.
    """
    record = recommended(run)
    if record is None:
        return None
    best = folder / "best"
    code = _PYTHON.search((best / "README.md").read_text())
    if code is None:
        raise RuntimeError(f"{best / 'README.md'} has no Python code")
    file = next(path for path in sorted(best.iterdir()) if path.suffix in (".onnx", ".xml"))
    measured = record["measurement"]
    return Contender(record["id"], "ours", str(file), code.group(1), measured["requests_in_flight"],
                     int(record["settings"].get("sessions", 1)), measured["batch"])
