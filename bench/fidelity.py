"""Compares autoaccel's latencies with those of the runtimes' own Python packages; see bench/fidelity."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

# name → shape of every input; int64 scalars are given by value
CASES = {
    "ppocr_det": {"x": [1, 3, 640, 640]},
    "ppocr_rec": {"x": [1, 3, 48, 320]},
    "ppocr_cls": {"x": [1, 3, 48, 192]},
    "nudenet": {"images": [1, 3, 320, 320]},
    "magika": {"bytes": [8, 2048]},
}


def input_arrays(session, shapes):
    """Seeded arrays of the declared types: floats uniform in [0, 1), integers in [0, 256)."""
    rng = np.random.default_rng(1)
    arrays = {}
    for info in session.get_inputs():
        shape = shapes[info.name]
        if "float" in info.type:
            arrays[info.name] = rng.random(shape, dtype=np.float32)
        else:
            arrays[info.name] = rng.integers(0, 256, shape).astype(np.int32 if "int32" in info.type else np.int64)
    return arrays


def measure(run, seconds):
    """Latencies of repeated calls after a warm-up of at least 3 runs and 0.3 s."""
    end = time.perf_counter() + 0.3
    count = 0
    while count < 3 or time.perf_counter() < end:
        run()
        count += 1
    samples = []
    end = time.perf_counter() + seconds
    while len(samples) < 11 or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        samples.append(time.perf_counter() - start)
    return samples


def python_onnxruntime(path, threads, arrays_file, seconds):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    arrays = dict(np.load(arrays_file))
    return measure(lambda: session.run(None, arrays), seconds)


def python_openvino(path, threads, arrays_file, seconds):
    import openvino

    core = openvino.Core()
    model = core.read_model(path)
    arrays = dict(np.load(arrays_file))
    model.reshape({name: list(array.shape) for name, array in arrays.items()})
    compiled = core.compile_model(
        model,
        "CPU",
        {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"},
    )
    request = compiled.create_infer_request()
    inputs = {name: openvino.Tensor(array) for name, array in arrays.items()}
    return measure(lambda: request.infer(inputs, share_inputs=True, share_outputs=True), seconds)


def ours(autoaccel, path, runtime, threads, config, seconds):
    command = [autoaccel, "bench", path, "--runtime", runtime, "--set", f"threads={threads}", "--config", config,
               "--time-limit", str(seconds), "--json"]
    if runtime == "openvino":
        command += ["--set", "precision=f32"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)["measurement"]["samples_seconds"]


def write_config(folder, shapes, arrays):
    np.savez(os.path.join(folder, "inputs.npz"), **arrays)
    lines = ["device: cpu", "search: {samples: 1}", "input:"]
    for name, shape in shapes.items():
        lines.append(f"  {name}: {{use_shape: {shape}, data: inputs.npz}}")
    path = os.path.join(folder, "config.yml")
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    return path


def child(function, *arguments):
    """Runs one of the python_* functions in a process of its own, as ours runs in one."""
    code = f"import sys, json; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r}); import fidelity; " \
           f"print(json.dumps(fidelity.{function}(*{arguments!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


def compare(options, name, runtime, folder):
    import onnxruntime

    path = os.path.join(options.models, name + ".onnx")
    shapes = CASES[name]
    arrays = input_arrays(onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]), shapes)
    config = write_config(folder, shapes, arrays)
    ratios, a, b = [], [], []
    for _ in range(options.rounds):
        mine = statistics.median(ours(options.autoaccel, path, runtime, options.threads, config, options.seconds))
        theirs = statistics.median(child(f"python_{runtime}", path, options.threads,
                                         os.path.join(folder, "inputs.npz"), options.seconds))
        ratios.append(mine / theirs)
        a.append(mine)
        b.append(theirs)
    print(f"{name:<10} {runtime:<12} {1e3 * statistics.median(a):8.3f} ms {1e3 * statistics.median(b):8.3f} ms "
          f"{statistics.median(ratios):7.3f}   {min(ratios):.3f} – {max(ratios):.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--autoaccel", required=True)
    parser.add_argument("--models", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("names", nargs="*", default=list(CASES))
    options = parser.parse_args()
    print(f"{'model':<10} {'runtime':<12} {'autoaccel':>11} {'Python':>11} {'ratio':>7}   range over {options.rounds} rounds")
    for name in options.names:
        for runtime in ("onnxruntime", "openvino"):
            with tempfile.TemporaryDirectory() as folder:
                compare(options, name, runtime, folder)


if __name__ == "__main__":
    main()
