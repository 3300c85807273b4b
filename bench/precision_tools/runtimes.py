"""One model on one runtime in this process: loads, runs, compares with the original's outputs, times."""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from .cases import CASES, Case, read_sample

def _open_onnxruntime(path: str, _case: Case, threads: int, _settings: dict):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    types = {info.name: info.type for info in session.get_inputs()}

    def prepare(sample):
        # Variants with 16-bit inputs get the samples in their type.
        return {name: array.astype(np.float16) if types[name] == "tensor(float16)" else array
                for name, array in sample.items() if name in types}

    return prepare, lambda feed: session.run(None, feed)


def _open_openvino(path: str, case: Case, threads: int, settings: dict):
    import openvino

    core = openvino.Core()
    model = core.read_model(path)
    model.reshape({port.any_name: case.shapes[port.any_name] for port in model.inputs if port.any_name in case.shapes})
    compiled = core.compile_model(
        model, "CPU", {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", **settings})
    request = compiled.create_infer_request()
    types = {port.any_name: port.element_type.to_dtype() for port in compiled.inputs}

    def prepare(sample):
        return {name: openvino.Tensor(array.astype(types[name])) for name, array in sample.items() if name in types}

    def run(feed):
        request.infer(feed, share_inputs=True, share_outputs=True)
        return [request.get_output_tensor(i).data for i in range(len(compiled.outputs))]

    return prepare, run


_OPEN = {"onnxruntime": _open_onnxruntime, "openvino": _open_openvino}
# Two runtimes in FP32 differ by about this much; more is luck, and would drown the other samples in a mean.
_PERFECT_DB = 100.0


def sqnr_db(reference: np.ndarray, output: np.ndarray) -> float:
    """10·log10(Σ reference² / Σ (reference − output)²)."""
    reference, output = reference.astype(np.float64).ravel(), output.astype(np.float64).ravel()
    if not np.isfinite(output).all():
        return -_PERFECT_DB
    noise, power = np.square(reference - output).sum(), np.square(reference).sum()
    if noise == 0:
        return _PERFECT_DB
    return float(np.clip(10 * np.log10(max(power, 1e-300) / noise), -_PERFECT_DB, _PERFECT_DB))


def cosine(reference: np.ndarray, output: np.ndarray) -> float:
    reference, output = reference.astype(np.float64).ravel(), output.astype(np.float64).ravel()
    if not np.isfinite(output).all():
        return 0.0
    product = np.linalg.norm(reference) * np.linalg.norm(output)
    return float(reference @ output / product) if product else float((reference == output).all())


def references(case: Case) -> list[list[np.ndarray]]:
    """The original's outputs on the validation samples, by ONNX Runtime in FP32; kept in a file."""
    file = case.folder / "reference.npz"
    inputs = case.files("validation")
    if not file.exists() or file.stat().st_mtime < max(path.stat().st_mtime for path in [*inputs, case.path]):
        prepare, run = _open_onnxruntime(str(case.path), case, 2, {})
        arrays = {f"{i}/{j}": np.array(output) for i, sample in enumerate(inputs)
                  for j, output in enumerate(run(prepare(read_sample(sample))))}
        np.savez(file, **arrays)
    with np.load(file) as arrays:
        outputs = max(int(name.partition("/")[2]) for name in arrays.files) + 1
        return [[arrays[f"{i}/{j}"] for j in range(outputs)] for i in range(len(inputs))]


def _power(values: np.ndarray) -> float:
    return float(np.square(values.astype(np.float64)).sum())


def figures(pairs) -> dict:
    """Figures over samples, each a pair of the original's outputs and a variant's; of several outputs the worst one counts.

    mean, worst  of the samples' ratios
    pooled       power of all samples over noise of all: what the mean hides where most outputs are saturated
    """
    ratios, cosines, powers, noises = [], [], 0.0, 0.0
    for wanted, outputs in pairs:
        if len(outputs) != len(wanted) or any(np.shape(a) != np.shape(b) for a, b in zip(outputs, wanted)):
            raise ValueError(f"outputs {[np.shape(o) for o in outputs]} instead of {[np.shape(o) for o in wanted]}")
        ratios.append([sqnr_db(a, b) for a, b in zip(wanted, outputs)])
        cosines.append([cosine(a, b) for a, b in zip(wanted, outputs)])
        powers += np.array([_power(a) for a in wanted])
        noises += np.array([_power(a.astype(np.float64) - b) for a, b in zip(wanted, outputs)])
    ratios, cosines = np.array(ratios), np.array(cosines)
    mean, worst = float(ratios.mean(0).min()), float(ratios.min())
    pooled = 10 * np.log10(np.maximum(powers, 1e-300) / np.maximum(np.nan_to_num(noises, nan=np.inf), 1e-300))
    return {"sqnr_mean": mean, "sqnr_worst": worst, "sqnr_pooled": float(pooled.min()), "cosine_mean": float(cosines.mean(0).min()),
            "cosine_worst": float(cosines.min()), "faithful": mean >= 30 and worst >= 20}


def fidelity(case: Case, prepare, run) -> dict:
    """Figures over the validation samples."""
    return figures((wanted, run(prepare(read_sample(file))))
                   for file, wanted in zip(case.files("validation"), references(case)))


def busy_seconds() -> float:
    """CPU time that all processes of the machine have had (/proc/stat: user, nice, system, irq, softirq)."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:7])) / os.sysconf("SC_CLK_TCK")


def latencies(case: Case, prepare, run, seconds: float) -> dict:
    """Median of single requests over the validation samples in turn, after ≥ 3 runs and ≥ 0.5 s of warm-up."""
    feeds = [prepare(read_sample(file)) for file in case.files("validation")[:8]]
    count, end = 0, time.perf_counter() + 0.5
    while count < 3 or time.perf_counter() < end:
        run(feeds[count % len(feeds)])
        count += 1
    samples = []
    start, busy, own = time.perf_counter(), busy_seconds(), time.process_time()
    while len(samples) < 11 or time.perf_counter() < start + seconds:
        before = time.perf_counter()
        run(feeds[len(samples) % len(feeds)])
        samples.append(time.perf_counter() - before)
    wall = time.perf_counter() - start
    foreign = (busy_seconds() - busy - (time.process_time() - own)) / wall
    return {"median_seconds": float(np.median(samples)), "runs": len(samples), "foreign_load": max(0.0, foreign)}


def main():
    """Child: CASE RUNTIME FILE SETTINGS THREADS SECONDS; 0 seconds: fidelity only. Prints one line of JSON.

    Timed and compared is the same compiled object: some compilations of one file have been wrong for good.
    """
    case, runtime, file, settings = CASES[sys.argv[1]], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
    threads, seconds = int(sys.argv[5]), float(sys.argv[6])
    start = time.perf_counter()
    prepare, run = _OPEN[runtime](file, case, threads, settings)
    result = {"load_seconds": time.perf_counter() - start, **fidelity(case, prepare, run)}
    if seconds > 0:
        result |= latencies(case, prepare, run, seconds)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
