"""What autoaccel makes of a model: each recipe by `convert`, and what `optimize` recommends without the user's samples."""

import json
import shutil
import subprocess
from pathlib import Path

from .cases import Case
from .process import run_recorded


def recipes(autoaccel: Path) -> list[dict]:
    """name and what of each recipe, the original left out."""
    done = subprocess.run([autoaccel, "convert", "--list-recipes", "--json"], capture_output=True, text=True, check=True)
    listed = json.loads(done.stdout)
    return [recipe for recipe in (listed if isinstance(listed, list) else listed["recipes"]) if recipe["name"] != "original"]


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
    output = case.folder / "models" / f"our_{recipe['name']}.onnx"
    output.parent.mkdir(parents=True, exist_ok=True)
    for old in output.parent.glob(output.name + "*"):
        old.unlink()
    command = [str(autoaccel), "convert", str(case.path), "--recipe", recipe["name"], "-o", str(output)]
    if _takes(autoaccel, "convert", "--calibrate"):
        command += ["--calibrate", str(case.folder / "calibration")]
    if _takes(autoaccel, "convert", "--config"):
        command += ["--config", str(_config(case))]
    record = {"label": f"our_{recipe['name']}", "kind": recipe["name"], "maker": "ours", "what": recipe["what"],
              **run_recorded(command, seconds, output)}
    output.with_suffix(".json").write_text(json.dumps(record, indent=1))
    return record


_PRECISIONS = {"f32": "ov-f32", "bf16": "ov-bf16", "default": "ov-bf16"}


def _way(variant: dict) -> tuple[str, dict]:
    """How the recommended variant is run, in this harness's terms: always latency mode and the harness's threads."""
    if variant["runtime"] == "onnxruntime":
        return "ort", {}
    settings = variant.get("settings", {})
    extra = {"ENABLE_CPU_PINNING": settings["pinning"] == "on"} if "pinning" in settings else {}
    return _PRECISIONS[settings.get("precision", "default")], extra


def optimize(case: Case, autoaccel: Path, seconds: float, budget: str) -> dict:
    """`autoaccel optimize` on generated samples; its best/ is then judged on the validation samples."""
    out = case.folder / "optimize"
    shutil.rmtree(out, ignore_errors=True)
    command = [str(autoaccel), "optimize", str(case.path), "--config", str(_config(case, f"search: {{budget: {budget}}}\n")),
               "--out", str(out), "--time-limit", "3"]
    record = {"label": "our_best", "kind": "best", "maker": "ours", "what": "what optimize recommends, on generated samples",
              **run_recorded(command, seconds, out / "run.json")}
    if record["outcome"] == "made":
        run = json.loads((out / "run.json").read_text())
        chosen = next((r for r in run["records"] if r["variant"] and _id(r) == run.get("recommended")), None)
        if chosen is None:
            record |= {"outcome": "failed", "error": f"nothing recommended: {run.get('verdict', '')}"}
        else:
            way, settings = _way(chosen["variant"])
            file = next(path for path in sorted((out / "best").iterdir()) if path.suffix in (".onnx", ".xml"))
            record |= {"file": str(file), "bytes": sum(path.stat().st_size for path in (out / "best").iterdir()),
                       "ways": [way], "settings": settings, "what": f"recommended: {run['recommended']}"}
    models = case.folder / "models"
    models.mkdir(parents=True, exist_ok=True)
    (models / "our_best.json").write_text(json.dumps(record, indent=1))
    return record


def _id(record: dict) -> str:
    return record.get("id") or record["variant"].get("id", "")
