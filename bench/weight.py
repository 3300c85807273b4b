"""Time and memory of converting a model with gigabytes of external weights; see bench/weight."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from onnx import TensorProto, helper

SIDE = 4096  # of the square weight matrices: 64 MiB each


def generate(path, gigabytes):
    """A chain of MatMul and Relu whose float32 weights lie in one external file, written matrix by matrix."""
    count = max(1, round(gigabytes * 1e9 / (4 * SIDE * SIDE)))
    rng = np.random.default_rng(1)
    nodes, weights, offset = [], [], 0
    with open(path + ".data", "wb") as data:
        for i in range(count):
            matrix = rng.standard_normal((SIDE, SIDE), dtype=np.float32) * (1.4 / SIDE**0.5)
            data.write(matrix.tobytes())
            tensor = TensorProto(name=f"w{i}", data_type=TensorProto.FLOAT, dims=[SIDE, SIDE],
                                 data_location=TensorProto.EXTERNAL)
            for key, value in (("location", os.path.basename(path) + ".data"), ("offset", offset),
                               ("length", matrix.nbytes)):
                tensor.external_data.add(key=key, value=str(value))
            offset += matrix.nbytes
            weights.append(tensor)
            nodes.append(helper.make_node("MatMul", [f"x{i}", f"w{i}"], [f"m{i}"]))
            nodes.append(helper.make_node("Relu", [f"m{i}"], [f"x{i + 1}"]))
    graph = helper.make_graph(nodes, "large", [helper.make_tensor_value_info("x0", TensorProto.FLOAT, [1, SIDE])],
                              [helper.make_tensor_value_info(f"x{count}", TensorProto.FLOAT, [1, SIDE])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    with open(path, "wb") as file:
        file.write(model.SerializeToString())


def peak_of(pid):
    """VmHWM in bytes; None once the process has ended."""
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def run(command):
    """Seconds and peak resident bytes of the process itself, its children left out."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    peak = 0
    while process.poll() is None:
        peak = peak_of(process.pid) or peak
        time.sleep(0.02)
    seconds = time.perf_counter() - start
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}\n{process.stderr.read()}")
    return seconds, peak


def copy(path, folder):
    """Seconds to copy the weights' file and have it on disk, as a conversion has."""
    start = time.perf_counter()
    target = os.path.join(folder, "copy.data")
    subprocess.run(["cp", path + ".data", target], check=True)
    fd = os.open(target, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
    seconds = time.perf_counter() - start
    os.remove(target)
    return seconds


def recipes(autoaccel):
    text = subprocess.run([autoaccel, "convert", "--list-recipes"], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in text.splitlines() if line and not line.startswith("original")]


def compare(options, path, folder):
    out = os.path.join(folder, "out", "model.onnx")
    print(f"{'recipe':<16} {'seconds':>8} {'copy':>6} {'ratio':>6} {'peak MB':>8}")
    for recipe in recipes(options.autoaccel):
        ratios, times, copies, peaks = [], [], [], []
        for _ in range(options.rounds):
            copies.append(copy(path, folder))
            seconds, peak = run([options.autoaccel, "convert", path, "--recipe", recipe, "-o", out])
            shutil.rmtree(os.path.dirname(out), ignore_errors=True)
            times.append(seconds)
            peaks.append(peak)
            ratios.append(seconds / copies[-1])
        print(f"{recipe:<16} {statistics.median(times):8.2f} {statistics.median(copies):6.2f} "
              f"{statistics.median(ratios):6.2f} {max(peaks) / 1e6:8.0f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--autoaccel", required=True)
    parser.add_argument("--gigabytes", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", default=None, help="where the model is made (needs four times its size)")
    parser.add_argument("--no-optimize", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = os.path.join(folder, "large.onnx")
        generate(path, options.gigabytes)
        compare(options, path, folder)
        if not options.no_optimize:
            seconds, peak = run([options.autoaccel, "optimize", path, "--out", os.path.join(folder, "output"),
                                 "--time-limit", "2"])
            print(f"{'optimize':<16} {seconds:8.2f} {'':>6} {'':>6} {peak / 1e6:8.0f}   the parent process")


if __name__ == "__main__":
    main()
