"""Requests of several samples: which axis counts them, stacking inputs, taking outputs apart."""

import numpy as np

from precision_tools.cases import Case

BATCH = 8  # of the larger requests; what a server might gather within a few milliseconds


def batch_axes(case: Case, path: str | None = None) -> dict[str, int]:
    """The axis of each input that counts samples: its first dynamic one that has the size 1 in the case. Inputs without
    one are absent: all of them where the model takes one sample only.

    path  of an ONNX file; None: the original
    """
    import onnx

    axes = {}
    for info in onnx.load(path or case.path, load_external_data=False).graph.input:
        dims = info.type.tensor_type.shape.dim
        sizes = case.shapes.get(info.name, [])
        found = [axis for axis, (dim, size) in enumerate(zip(dims, sizes)) if size == 1 and dim.dim_value < 1]
        if found:
            axes[info.name] = found[0]
    return axes


def batched_shape(case: Case, name: str, axes: dict[str, int], batch: int) -> list[int]:
    return [batch if axis == axes.get(name) else size for axis, size in enumerate(case.shapes[name])]


def requests(samples: list[dict], axes: dict[str, int], batch: int) -> list[dict]:
    """Each sample in one request at least; the last request is filled up from the beginning."""
    made = []
    for first in range(0, len(samples), batch):
        parts = [samples[(first + i) % len(samples)] for i in range(batch)]
        made.append({name: np.concatenate([part[name] for part in parts], axes[name]) if name in axes and batch > 1 else array
                     for name, array in parts[0].items()})
    return made


def _apart(whole: np.ndarray, like: np.ndarray, batch: int) -> list[np.ndarray]:
    if batch == 1:
        return [whole]
    for axis in range(like.ndim):
        if whole.shape == (*like.shape[:axis], batch * like.shape[axis], *like.shape[axis + 1:]):
            return np.split(whole, batch, axis)
    raise ValueError(f"output of shape {whole.shape} for {batch} samples of {like.shape}: no axis counts them")


def outputs_by_sample(outputs: list[list[np.ndarray]], wanted: list[list[np.ndarray]], batch: int) -> list[list[np.ndarray]]:
    """What requests() began with: the outputs of each sample, in its order.

    outputs  of each request
    wanted   the original's, of each sample
    """
    found = []
    for results in outputs:
        parts = [_apart(whole, like, batch) for whole, like in zip(results, wanted[0])]
        found += [list(sample) for sample in zip(*parts)]
    return found[:len(wanted)]
