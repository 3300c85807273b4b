"""What becomes of one model test under one recipe."""

import json
import re
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import onnx

from .agreement import disagreement
from .cases import Case, config_text, write_samples
from .runtimes import RUN, Refused

# The outcomes; those of DEFECTS must not happen.
AGREES, NO_REFERENCE, REFUSED = "agrees", "valid, not compared", "refused"
CRASHED, INVALID, UNLOADED, OUTSIDE = "crash", "invalid", "does not run", "outside"
DEFECTS = (CRASHED, INVALID, UNLOADED)


@dataclass(frozen=True)
class Row:
    """A recipe as it is asked for."""

    recipe: str
    runtime: str  # that runs what it makes
    for_runtime: bool
    io: str
    sqnr_db: float
    probability_error: float

    @property
    def label(self) -> str:
        return self.recipe + (", io16" if self.io == "reduced" else "") + (f", {self.runtime}" if self.for_runtime else "")


def rows(autoaccel: Path) -> list[Row]:
    listed = json.loads(subprocess.run([autoaccel, "convert", "--list-recipes", "--json"], capture_output=True, text=True,
                                       check=True).stdout)
    return [Row(recipe["name"], runtime, recipe["for_runtime"], io, recipe["sqnr_db"], recipe["probability_error"])
            for recipe in listed if recipe["name"] != "original"
            for runtime in (RUN if recipe["for_runtime"] else ["onnxruntime"])
            for io in (["original", "reduced"] if recipe["reduces_io"] else ["original"])]


class Sweep:
    """The recipes over one test at a time; what the original does is found out once."""

    def __init__(self, case: Case, autoaccel: Path, folder: Path):
        self._autoaccel, self._folder, self._case = autoaccel, folder, case
        model = case.proto()
        self._feeds = case.feeds(model)
        self._path = folder / "model.onnx"
        onnx.save(model, self._path)
        self._is_valid = self._objection(self._path) == ""
        self._config = folder / "config.yml"
        config = config_text(self._feeds, folder / "samples")
        if config:
            write_samples(folder / "samples", self._feeds)
            self._config.write_text(config)
        self._references: dict[str, list[dict] | str] = {}

    @staticmethod
    def _objection(path: Path) -> str:
        try:
            onnx.checker.check_model(path, full_check=True)
            return ""
        except Exception as error:  # the checker's, protobuf's and shape inference's own kinds
            return str(error)

    def _reference(self, runtime: str) -> list[dict] | str:
        """The original's outputs; why there are none, where it does not run, or not twice the same."""
        if runtime not in self._references:
            try:
                twice = [RUN[runtime](self._path, self._feeds) for _ in range(2)]
                changes = disagreement(*twice, 120, 1e-6)
                self._references[runtime] = f"changes from run to run: {changes}" if changes else twice[0]
            except Refused as error:
                self._references[runtime] = str(error)
        return self._references[runtime]

    def _convert(self, row: Row, made: Path) -> tuple[str, str]:
        command = [self._autoaccel, "convert", self._path, "--recipe", row.recipe, "--io", row.io, "-o", made]
        if row.for_runtime:
            command += ["--runtime", row.runtime]
            if self._config.exists():
                command += ["--config", self._config]
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300, cwd=self._folder)
        except subprocess.TimeoutExpired:
            return CRASHED, "not done in 300 s"
        if done.returncode == 0:
            return "", ""
        said = re.search(r"error: (.*)", done.stderr)
        said = said.group(1) if said else f"exit code {done.returncode}: {done.stderr[-200:]}"
        # 2: config.yml would have to say what it cannot, the shape of a sequence; 3: the model or the recipe does not allow it.
        return REFUSED if done.returncode in (2, 3) else CRASHED, said

    def result(self, row: Row) -> dict:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            made = Path(folder) / "made.onnx"
            outcome, why = self._convert(row, made)
            if not outcome:
                outcome, why = self._judge(row, made)
        return {"test": self._case.key, "row": row.label, "outcome": outcome, "why": why[:300], **asdict(row)}

    def _judge(self, row: Row, made: Path) -> tuple[str, str]:
        objection = self._objection(made)
        if objection and self._is_valid:
            return INVALID, objection
        own = self._reference(row.runtime)
        if isinstance(own, str):
            return NO_REFERENCE, f"the original on {row.runtime}: {own}"
        try:
            outputs = RUN[row.runtime](made, self._feeds)
        except Refused as error:
            return UNLOADED, str(error)
        # What the original gives on the same runtime: where two runtimes differ is not what is tested here.
        trouble = disagreement(own, outputs, row.sqnr_db, row.probability_error)
        return (OUTSIDE, trouble) if trouble else (AGREES, "")
