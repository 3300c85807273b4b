"""One contender in this process: loads it by its own code, compares all its requests in flight with the original, times it."""

import ast
import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from precision_tools.cases import CASES, Case
from precision_tools.runtimes import busy_seconds, figures, references

from .batches import batch_axes, outputs_by_sample, requests
from .contenders import Contender

_WARM_UP_SECONDS = 0.5
_FEEDS = 8  # distinct requests that are timed in turn


def _cast(array: np.ndarray, dtype: np.dtype, name: str) -> np.ndarray:
    """Variants with 16-bit inputs get the samples in their type."""
    if dtype == np.uint8 and array.dtype != np.uint8:
        raise ValueError(f"input '{name}' takes bytes, and the samples are {array.dtype}")
    return np.array(array, dtype, order="C")


def execute(code: str, request: dict, doubts: list[str]) -> dict:
    """Runs the code with `request` in the place of its own `inputs`, where it has any; its variables."""
    variables = {}
    for statement in ast.parse(code).body:
        exec(compile(ast.Module([statement], []), "<loading code>", "exec"), variables)
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == "inputs":
            said = variables["inputs"]
            for name, array in said.items():
                if array.shape != request[name].shape:
                    doubts.append(f"the code shows '{name}' as {array.shape}, measured was {request[name].shape}")
            variables["inputs"] = {name: _cast(request[name], array.dtype, name) for name, array in said.items()}
    return variables


class OnnxRuntimeLane:
    """Inputs and outputs are bound: session.run holds Python's lock for so long that two threads with requests of 60 µs
    (silero-vad) reach 16,400 a second instead of 26,600."""

    _TYPES = {"tensor(float16)": np.float16, "tensor(float)": np.float32, "tensor(uint8)": np.uint8}

    def __init__(self, session):
        self._session = session
        self._inputs = {info.name: self._TYPES.get(info.type) for info in session.get_inputs()}
        self._outputs = [info.name for info in session.get_outputs()]
        self.run = session.run_with_iobinding

    def prepare(self, request: dict):
        binding = self._session.io_binding()
        for name, dtype in self._inputs.items():
            array = request[name]
            binding.bind_cpu_input(name, _cast(array, dtype or array.dtype, name))
        for name in self._outputs:
            binding.bind_output(name)
        return binding

    @staticmethod
    def outputs(binding) -> list[np.ndarray]:
        return binding.copy_outputs_to_cpu()


class OpenVinoLane:
    def __init__(self, compiled):
        self._request = compiled.create_infer_request()
        self._inputs = {port.any_name: port.element_type.to_dtype() for port in compiled.inputs}
        self._count = len(compiled.outputs)

    def prepare(self, request: dict):
        import openvino

        return {name: openvino.Tensor(_cast(request[name], dtype, name)) for name, dtype in self._inputs.items()}

    def run(self, feed) -> None:
        self._request.infer(feed, share_inputs=True, share_outputs=True)

    def outputs(self, _feed) -> list[np.ndarray]:
        return [np.array(self._request.get_output_tensor(i).data) for i in range(self._count)]


def open_lanes(contender: Contender, request: dict, doubts: list[str]) -> list:
    """One lane for each request in flight."""
    loaded = [execute(contender.code, request, doubts) for _ in range(contender.sessions)]
    if "compiled" in loaded[0]:
        compiled = loaded[0]["compiled"]
        count = contender.in_flight or compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        return [OpenVinoLane(compiled) for _ in range(count)]
    return [OnnxRuntimeLane(loaded[i % len(loaded)]["session"]) for i in range(contender.in_flight)]


def side_by_side(work, count: int) -> list:
    """work(lane's number, barrier) for each lane at once; with one lane in this thread."""
    barrier = threading.Barrier(count)
    if count == 1:
        return [work(0, barrier)]

    def guarded(number: int):
        try:
            return work(number, barrier)
        except BaseException:
            barrier.abort()  # or the other lanes would wait for good
            raise

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(guarded, range(count)))


def fidelity(case: Case, lanes: list, wanted_requests: list[dict], batch: int) -> dict:
    """Figures of the lane that does worst, all of them at work at the same time: streams of one compiled model can differ."""
    wanted = references(case)

    def work(number: int, _barrier) -> dict:
        lane, outputs = lanes[number], []
        for request in wanted_requests:
            feed = lane.prepare(request)
            lane.run(feed)
            outputs.append(lane.outputs(feed))
        return figures(zip(wanted, outputs_by_sample(outputs, wanted, batch)))

    return min(side_by_side(work, len(lanes)), key=lambda found: (found["faithful"], found["sqnr_mean"]))


def timing(lanes: list, timed_requests: list[dict], batch: int, seconds: float) -> dict:
    """Median latency of a request, and samples a second over the wall time from the common start to the last end."""
    start = []

    def work(number: int, barrier) -> tuple[list[float], float]:
        lane = lanes[number]
        feeds = [lane.prepare(request) for request in timed_requests]
        count, end = 0, time.perf_counter() + _WARM_UP_SECONDS
        while count < 3 or time.perf_counter() < end:
            lane.run(feeds[count % len(feeds)])
            count += 1
        barrier.wait()
        start.append((time.perf_counter(), busy_seconds(), time.process_time()))
        end, latencies = start[0][0] + seconds, []
        after = time.perf_counter()
        while len(latencies) < 11 or after < end:
            before = time.perf_counter()
            lane.run(feeds[len(latencies) % len(feeds)])
            after = time.perf_counter()
            latencies.append(after - before)
        return latencies, after

    results = side_by_side(work, len(lanes))
    begin, busy, own = min(start)
    foreign = (busy_seconds() - busy - (time.process_time() - own)) / (time.perf_counter() - begin)
    latencies = [latency for lane, _ in results for latency in lane]
    wall = max(end for _, end in results) - begin
    return {"median_seconds": float(np.median(latencies)), "throughput_per_second": batch * len(latencies) / wall,
            "runs": len(latencies), "foreign_load": max(0.0, foreign)}


def main():
    """Child: reads a Contender with `case` and `seconds` as JSON; prints one line of JSON. What is timed is what was compared."""
    told = json.load(sys.stdin)
    case, seconds = CASES[told.pop("case")], told.pop("seconds")
    contender = Contender(**told)
    os.chdir(Path(contender.file).parent)  # the code of best/README.md names the file alone
    axes = batch_axes(case) if contender.batch > 1 else {}
    made = requests(list(case.samples("validation")), axes, contender.batch)
    doubts: list[str] = []
    start = time.perf_counter()
    lanes = open_lanes(contender, made[0], doubts)
    result = {"load_seconds": time.perf_counter() - start, "in_flight": len(lanes),
              "doubts": sorted(set(doubts)), **fidelity(case, lanes, made, contender.batch)}
    if seconds > 0:
        result |= timing(lanes, made[:_FEEDS], contender.batch, seconds)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
