"""Runs a model on the test's inputs with a runtime's Python package."""

from pathlib import Path

import numpy as np
import onnx


class Refused(Exception):
    """The runtime does not load the model, or does not run it; its words."""


def _as(value, type_name: str):
    """An array of its own, because BatchNormalization in training writes into its inputs; floats in the type that the model
    takes now: reduced inputs are float16."""
    if not isinstance(value, (np.ndarray, np.generic)):
        return value
    return np.asarray(value).astype(np.float16) if type_name == "float16" else np.array(value)


def onnxruntime(path: Path, feeds: list[dict]) -> list[dict]:
    import onnxruntime as ort

    ort.set_default_logger_severity(4)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        types = {info.name: info.type.removeprefix("tensor(").rstrip(")") for info in session.get_inputs()}
        names = [info.name for info in session.get_outputs()]
        return [dict(zip(names, session.run(None, {name: _as(value, types[name]) for name, value in feed.items()})))
                for feed in feeds]
    except Exception as error:  # every kind of it is an answer
        raise Refused(str(error)) from error


def openvino(path: Path, feeds: list[dict]) -> list[dict]:
    import openvino as ov

    try:
        compiled = ov.Core().compile_model(str(path), "CPU", {"INFERENCE_NUM_THREADS": 1,
                                                              "INFERENCE_PRECISION_HINT": "f32"})
        known = {name for port in compiled.inputs for name in port.names}
        outputs = {info.name for info in onnx.load(path, load_external_data=False).graph.output}
        result = []
        for feed in feeds:
            given = {name: ov.Tensor(np.ascontiguousarray(value)) for name, value in feed.items() if name in known}
            made = compiled(given)
            result.append({name: np.array(made[port]) for port in compiled.outputs
                           for name in port.names & outputs})
        return result
    except Exception as error:
        raise Refused(str(error)) from error


RUN = {"onnxruntime": onnxruntime, "openvino": openvino}
