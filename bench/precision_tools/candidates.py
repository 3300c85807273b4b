"""What is measured: files × the ways to run them, with what is known of each so far (one JSON file a model)."""

import dataclasses
import json
import os
import subprocess
import sys

from .cases import Case

# How a file is run; `label` is printed. OpenVINO's default on processors with bf16 is ov-bf16.
WAYS = {
    "ort": ("onnxruntime", {}),
    "ov-f32": ("openvino", {"INFERENCE_PRECISION_HINT": "f32"}),
    "ov-bf16": ("openvino", {"INFERENCE_PRECISION_HINT": "bf16"}),
}
REFERENCE = "original/ort"


@dataclasses.dataclass(frozen=True)
class Candidate:
    label: str
    kind: str   # original, int8_static, …; a recipe's name for ours
    maker: str  # original, field, ours
    file: str
    way: str
    conversion: dict = dataclasses.field(default_factory=dict, compare=False)
    settings: dict = dataclasses.field(default_factory=dict, compare=False)  # besides those of the way

    @property
    def key(self) -> str:
        return f"{self.label}/{self.way}"


def candidates(case: Case, makers: set[str]) -> list[Candidate]:
    """The original every way, then every converted file every way that its format allows."""
    found = [Candidate("original", "original", "original", str(case.path), way) for way in WAYS]
    for record in records(case, makers):
        if record["outcome"] != "made":
            continue
        ways = record.get("ways") or ([way for way in WAYS if way != "ort"] if record["file"].endswith(".xml") else WAYS)
        found += [Candidate(record["label"], record["kind"], record["maker"], record["file"], way, record,
                            record.get("settings", {})) for way in ways]
    return found


def records(case: Case, makers: set[str]) -> list[dict]:
    """Conversions done so far, in the order that their step has."""
    found = [json.loads(path.read_text()) for path in sorted((case.folder / "models").glob("*.json"))]
    return [record for record in found if record["maker"] in makers]


class Results:
    """Figures by candidate, written back after each; a candidate whose file has changed has none."""

    def __init__(self, case: Case, name: str):
        self._path = case.folder / f"{name}.json"
        self._all = json.loads(self._path.read_text()) if self._path.exists() else {}

    def get(self, candidate: Candidate) -> dict | None:
        entry = self._all.get(candidate.key)
        return entry["result"] if entry and entry["modified"] == os.stat(candidate.file).st_mtime_ns else None

    def all(self) -> dict[str, dict]:
        """By candidates' keys, those of files that have changed since too."""
        return {key: entry["result"] for key, entry in self._all.items()}

    def put(self, candidate: Candidate, result: dict) -> None:
        self._all[candidate.key] = {"modified": os.stat(candidate.file).st_mtime_ns, "result": result}
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self._all, indent=1))
        part.replace(self._path)


def examine(case: Case, candidate: Candidate, threads: int, seconds: float) -> dict:
    """Loads, compares and (if seconds > 0) times the candidate in a child; {"error": …} where that does not work."""
    runtime, settings = WAYS[candidate.way]
    command = [sys.executable, "-W", "ignore", "-m", "precision_tools.runtimes", case.name, runtime, candidate.file,
               json.dumps(settings | candidate.settings), str(threads), str(seconds)]
    return answer_of(command, 600 + 20 * seconds)


def answer_of(command: list[str], limit_seconds: float, told: str = "") -> dict:
    """What a child's last line of output says, as JSON; {"error": …} where the child does not end well.

    told  its standard input
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_seconds, input=told)
    except subprocess.TimeoutExpired:
        return {"error": "hangs"}
    if done.returncode == 0:
        return json.loads(done.stdout.strip().splitlines()[-1])
    if done.returncode < 0:
        return {"error": f"killed by signal {-done.returncode}"}
    lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
    return {"error": lines[-1][:300] if lines else f"exit status {done.returncode}"}
