"""The model tests that the onnx package carries (simple, light, pytorch-*) and generates (node)."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.loader import DATA_DIR, load_model_tests


@dataclass
class Case:
    kind: str
    name: str
    model: onnx.ModelProto | None  # of generated ones
    path: Path | None  # of those that lie in the package
    samples: list | None  # of generated ones: lists of inputs

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.name}"

    def proto(self) -> onnx.ModelProto:
        return self.model if self.path is None else onnx.load(self.path)

    def feeds(self, model: onnx.ModelProto) -> list[dict]:
        """The test's inputs by name, a mapping for each sample: arrays, lists of them, or None."""
        given = {tensor.name for tensor in model.graph.initializer}
        infos = [info for info in model.graph.input if info.name not in given]
        samples = self.samples if self.samples is not None else list(self._stored(infos))
        return [{info.name: _array(value) for info, value in zip(infos, sample)} for sample in samples]

    def _stored(self, infos: list):
        folders = sorted(self.path.parent.glob("test_data_set_*")) if self.kind != "light" else []
        for folder in folders:
            files = sorted(folder.glob("input_*.pb"), key=lambda file: int(file.stem.split("_")[1]))
            yield [_read(file, info.type) for file, info in zip(files, infos)]
        if self.kind == "light":  # the package's own runner gives them a ramp too
            shape = [dim.dim_value or 1 for dim in infos[0].type.tensor_type.shape.dim]
            yield [(np.arange(np.prod(shape)).reshape(shape) / np.prod(shape)).astype(np.float32)]


def _array(value):
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value


def _read(file: Path, type_: onnx.TypeProto):
    data = file.read_bytes()
    if type_.HasField("sequence_type"):
        return numpy_helper.to_list(onnx.SequenceProto.FromString(data))
    if type_.HasField("optional_type"):
        return numpy_helper.to_optional(onnx.OptionalProto.FromString(data))
    return numpy_helper.to_array(onnx.TensorProto.FromString(data))


def all_cases() -> list[Case]:
    cases = [Case("node", test.name, test.model, None, [inputs for inputs, _ in test.data_sets])
             for test in load_model_tests(kind="node")]
    for kind in ("simple", "pytorch-converted", "pytorch-operator"):
        cases += [Case(kind, test.name, None, Path(test.model_dir) / "model.onnx", None)
                  for test in load_model_tests(kind=kind)]
    cases += [Case("light", path.stem, None, path, None) for path in (Path(DATA_DIR) / "light").glob("*.onnx")]
    return sorted(cases, key=lambda case: case.key)


def write_samples(folder: Path, feeds: list[dict]) -> None:
    """One file of an array for each input and sample: input<i>_<sample>.pb."""
    folder.mkdir()
    for number, feed in enumerate(feeds):
        for i, array in enumerate(feed.values()):
            (folder / f"input{i}_{number}.pb").write_bytes(numpy_helper.from_array(np.asarray(array)).SerializeToString())


def config_text(feeds: list[dict], samples: Path) -> str:
    """config.yml with the shapes of the first sample, and all samples; empty where an input is no tensor, or has no
    elements, which config.yml cannot say."""
    lines = []
    for i, (name, value) in enumerate(feeds[0].items()):
        if not isinstance(value, (np.ndarray, np.generic)) or np.size(value) == 0:
            return ""
        quoted = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
        files = ", ".join(str(samples / f"input{i}_{number}.pb") for number in range(len(feeds)))
        lines.append(f"  {quoted}: {{use_shape: {list(np.shape(value))}, data: [{files}]}}")
    return "device: cpu\n" + ("input:\n" + "\n".join(lines) + "\n" if lines else "")
