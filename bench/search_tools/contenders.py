"""What is measured: a file with the Python code that loads it, and how requests are put to it."""

import dataclasses
import json
import sys
from pathlib import Path

from precision_tools.candidates import Candidate, Results, answer_of, candidates
from precision_tools.cases import Case
from precision_tools.tools import TOOLS

from .batches import BATCH, batch_axes, batched_shape


@dataclasses.dataclass(frozen=True)
class Contender:
    """`code` makes a `session` (ONNX Runtime) or a `compiled` (OpenVINO); it is run as often as there are sessions."""

    label: str
    maker: str  # original, field, ours
    file: str
    code: str
    in_flight: int = 1  # requests; 0: as many as OpenVINO calls its optimum
    sessions: int = 1
    batch: int = 1

    @property
    def key(self) -> str:
        return self.label


def _onnxruntime(label: str, maker: str, file: str, batch: int, sessions: int = 1, threads: int | None = None) -> Contender:
    """Default settings, but for the threads where there are several sessions."""
    told = f"options.intra_op_num_threads = {threads}\n" if threads else ""
    code = ("import onnxruntime as ort\n\noptions = ort.SessionOptions()\n" + told +
            f'session = ort.InferenceSession({file!r}, options, providers=["CPUExecutionProvider"])\n')
    return Contender(label, maker, file, code, sessions, sessions, batch)


def _openvino(label: str, maker: str, file: str, batch: int, shapes: dict, properties: dict) -> Contender:
    is_alone = properties["PERFORMANCE_HINT"] == "LATENCY"
    code = ("import openvino as ov\n\n"
            f"shapes = {shapes}\n"
            f"model = ov.Core().read_model({file!r})\n"
            "model.reshape({port: shapes[port.any_name] for port in model.inputs})\n"
            f'compiled = ov.compile_model(model, "CPU", {properties})\n')
    return Contender(label, maker, file, code, 1 if is_alone else 0, 1, batch)


def reference(case: Case) -> Contender:
    """The original on ONNX Runtime with default settings, one request at a time."""
    return _onnxruntime("original/ort", "original", str(case.path), 1)


def _with_ways(case: Case, candidate: Candidate, objective: str, threads: int) -> list[Contender]:
    """The file as the field would run it for that objective: by the runtimes' hints, alone and in batches."""
    is_onnx = candidate.file.endswith(".onnx")
    axes = batch_axes(case, candidate.file) if is_onnx and objective == "throughput" else {}
    hints = ["LATENCY", "THROUGHPUT"] if objective == "throughput" else ["LATENCY"]
    made = []
    for batch in (1, BATCH) if axes else (1,):
        suffix = f"/batch={batch}" if batch > 1 else ""
        if candidate.way == "ort":
            made.append(_onnxruntime(candidate.key + suffix, candidate.maker, candidate.file, batch))
            if objective == "throughput":
                made.append(_onnxruntime(f"{candidate.key}/sessions={threads}{suffix}", candidate.maker, candidate.file,
                                         batch, threads, 1))
            continue
        shapes = {name: batched_shape(case, name, axes, batch) for name in case.shapes}
        precision = "bf16" if candidate.way == "ov-bf16" else "f32"
        for hint in hints:
            made.append(_openvino(f"{candidate.key}/{hint.lower()}{suffix}", candidate.maker, candidate.file, batch, shapes,
                                  {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": precision,
                                   "INFERENCE_NUM_THREADS": threads}))
    return made


def field(case: Case, objective: str, threads: int) -> list[Contender]:
    """The original and what the field's tools have made, in every way that runs; without what bench/precision has already
    seen to be unfaithful, and without the reference."""
    known = Results(case, "fidelity")
    found = []
    for candidate in candidates(case, {"field"}):
        seen = known.get(candidate)
        if candidate.maker == "original" or seen is None or seen.get("faithful"):
            found += _with_ways(case, candidate, objective, threads)
    return [contender for contender in found if contender.key != reference(case).key]


def missing_tools(case: Case) -> list[str]:
    """Tools of the field that have not been run on this model."""
    return [tool.name for tool in TOOLS.values()
            if tool.applies_to(case) and not (case.folder / "models" / f"{tool.name}.json").exists()]


def examine(case: Case, contender: Contender, seconds: float) -> dict:
    """Loads, compares and (if seconds > 0) times the contender in a child; {"error": …} where that does not work."""
    told = json.dumps(dataclasses.asdict(contender) | {"case": case.name, "seconds": seconds})
    return answer_of([sys.executable, "-W", "ignore", "-m", "search_tools.runner"], 600 + 20 * seconds, told)


def run_folder(case: Case, name: str) -> Path:
    return case.folder / f"search-{name}"
