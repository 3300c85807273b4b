"""What autoaccel makes of a model: each recipe by `convert`, and what `optimize` recommends without the user's samples."""

import json
import shutil
import subprocess
from pathlib import Path

from .cases import Case
from .process import run_recorded


RUNTIMES = {"onnxruntime": ["ort"], "openvino": ["ov-f32", "ov-bf16"]}


def recipes(autoaccel: Path) -> list[dict]:
    """name and what of each recipe, the original left out; one that is made for a runtime once for each of them."""
    done = subprocess.run([autoaccel, "convert", "--list-recipes", "--json"], capture_output=True, text=True, check=True)
    found = []
    for recipe in json.loads(done.stdout):
        if recipe["name"] == "original":
            continue
        for runtime in RUNTIMES if recipe["for_runtime"] else [None]:
            found.append({**recipe, "runtime": runtime})
    return found


def _takes(autoaccel: Path, command: str, option: str) -> bool:
    done = subprocess.run([autoaccel, command, "--help"], capture_output=True, text=True, check=True)
    return option in done.stdout


def _config(case: Case, extra: str = "") -> Path:
    """config.yml with the shapes alone: no samples of the user's."""
    shapes = "\n".join(f"  {name}: {{use_shape: {shape}}}" for name, shape in case.shapes.items())
    path = case.folder / "config.yml"
    path.write_text(f"device: cpu\n{extra}input:\n{shapes}\n")
    return path


def convert(case: Case, recipe: dict, autoaccel: Path, seconds: float) -> dict:
    """The record of one conversion, always made anew: our own binary changes from hour to hour."""
    name = recipe["name"] + (f"_{recipe['runtime']}" if recipe["runtime"] else "")
    output = case.folder / "models" / f"our_{name}.onnx"
    output.parent.mkdir(parents=True, exist_ok=True)
    for old in output.parent.glob(output.name + "*"):
        old.unlink()
    command = [str(autoaccel), "convert", str(case.path), "--recipe", recipe["name"], "-o", str(output)]
    if _takes(autoaccel, "convert", "--calibrate"):
        command += ["--calibrate", str(case.folder / "calibration")]
    if _takes(autoaccel, "convert", "--config"):
        command += ["--config", str(_config(case))]
    if recipe["runtime"]:
        command += ["--runtime", recipe["runtime"]]
    record = {"label": f"our_{name}", "kind": recipe["name"], "maker": "ours", "what": recipe["what"],
              **run_recorded(command, seconds, output)}
    if recipe["runtime"] and record["outcome"] == "made":
        record["ways"] = RUNTIMES[recipe["runtime"]]
    output.with_suffix(".json").write_text(json.dumps(record, indent=1))
    return record


_PRECISIONS = {"f32": "ov-f32", "bf16": "ov-bf16", "default": "ov-bf16"}


def _way(chosen: dict) -> tuple[str, dict]:
    """How the recommended variant is run, in this harness's terms: latency mode and the harness's number of threads."""
    if chosen["runtime"] == "onnxruntime":
        return "ort", {}
    pinning = chosen["settings"].get("pinning")
    return _PRECISIONS[chosen["settings"].get("precision", "default")], (
        {"ENABLE_CPU_PINNING": pinning == "on"} if pinning else {})


def _recommended(out: Path) -> dict:
    """The part of the record that best/ decides; a run that recommends nothing is a failure here."""
    run = json.loads((out / "run.json").read_text())
    chosen = next((record for record in run["records"] if record["id"] == run["recommended"]), None)
    if chosen is None:
        return {"outcome": "failed", "error": f"nothing recommended: {run['verdict']}"}
    way, settings = _way(chosen)
    files = sorted((out / "best").iterdir())
    model = next(path for path in files if path.suffix in (".onnx", ".xml"))
    return {"outcome": "made", "file": str(model), "bytes": sum(path.stat().st_size for path in files), "ways": [way],
            "settings": settings, "what": f"recommended: {chosen['id']}"}


def optimize(case: Case, autoaccel: Path, seconds: float, budget: str) -> dict:
    """`autoaccel optimize` on generated samples; its best/ is then judged on the validation samples."""
    out = case.folder / "optimize"
    shutil.rmtree(out, ignore_errors=True)
    config = _config(case, f"search: {{budget: {budget}}}\n")
    command = [str(autoaccel), "optimize", str(case.path), "--config", str(config), "--out", str(out)]
    record = {"label": "our_best", "kind": "best", "maker": "ours", "what": "what optimize recommends, on generated samples",
              **run_recorded(command, seconds, out / "run.json")}
    if (out / "run.json").exists():
        record |= _recommended(out)
    models = case.folder / "models"
    models.mkdir(parents=True, exist_ok=True)
    (models / "our_best.json").write_text(json.dumps(record, indent=1))
    return record
