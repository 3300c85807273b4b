"""The models that are compared: their inputs, where they come from, and where everything made for them lies."""

import dataclasses
import os
from pathlib import Path

import numpy as np

DEPS = Path(os.environ["AUTOACCEL_DEPS"])
DATA = DEPS / "bench-data"


@dataclasses.dataclass(frozen=True)
class Case:
    """One model with fixed shapes, so that every tool and runtime sees the same."""

    name: str
    shapes: dict[str, list[int]]
    calibration: int = 300  # samples; 300 is what NNCF takes unless told otherwise
    validation: int = 24
    is_transformer: bool = False
    weights: str = "trained"  # fidelity with random weights says little: they have no outliers

    @property
    def folder(self) -> Path:
        return DATA / self.name

    @property
    def path(self) -> Path:
        """The original."""
        own = DATA / "originals" / f"{self.name}.onnx"
        return own if self.name in EXPORTED else DEPS / "models" / f"{self.name}.onnx"

    def files(self, part: str) -> list[Path]:
        """Sample files of `calibration` or `validation`, one sample each."""
        files = sorted((self.folder / part).glob("*.npz"))
        if not files:
            raise SystemExit(f"{self.name}: no {part} samples; bench/precision data {self.name} makes them")
        return files

    def samples(self, part: str):
        """The samples one at a time: dicts by input name."""
        for file in self.files(part):
            yield read_sample(file)


def read_sample(file: Path) -> dict[str, np.ndarray]:
    with np.load(file) as arrays:
        return {name: arrays[name] for name in arrays.files}


TOKENS = 128
EXPORTED = ("minilm", "vit_small")

CASES = {
    case.name: case
    for case in (
        Case("ppocr_det", {"x": [1, 3, 640, 640]}, validation=16),
        Case("ppocr_rec", {"x": [1, 3, 48, 320]}),
        Case("ppocr_cls", {"x": [1, 3, 48, 192]}),
        Case("nudenet", {"images": [1, 3, 320, 320]}),
        Case("magika", {"bytes": [1, 2048]}, validation=32),
        Case("silero_vad", {"input": [1, 576], "state": [2, 1, 128], "sr": []}, validation=32),
        Case("minilm", {name: [1, TOKENS] for name in ("input_ids", "attention_mask", "token_type_ids")},
             is_transformer=True),
        Case("vit_small", {"pixel_values": [1, 3, 224, 224]}, is_transformer=True, weights="random"),
    )
}
