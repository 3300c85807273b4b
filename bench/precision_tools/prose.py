"""Sentences and phrases out of texts that come with the packages; calibration and validation read different texts."""

import functools
import re
from pathlib import Path

import numpy as np
import sklearn

_SITE = Path(sklearn.__file__).parent.parent


@functools.cache
def texts(part: str) -> list[Path]:
    """Descriptions of data sets and of packages, every fourth for validation."""
    found = sorted((_SITE / "sklearn" / "datasets" / "descr").glob("*.rst"))
    for name in ("scikit_learn", "scikit_image", "matplotlib", "numpy", "scipy", "nncf", "networkx", "rich", "pillow",
                 "safetensors", "onnx", "openvino", "tqdm", "psutil", "tabulate", "joblib", "anyio", "httpx2"):
        found += sorted(_SITE.glob(f"{name}-*.dist-info/METADATA"))
    return [path for i, path in enumerate(found) if (i % 4 == 3) == (part == "validation")]


@functools.cache
def sentences(part: str) -> list[str]:
    """Runs of 5 to 60 words that end as sentences do."""
    found = []
    for path in texts(part):
        text = path.read_text(encoding="utf-8", errors="ignore")
        if path.name == "METADATA":
            text = text.partition("\n\n")[2]
        text = re.sub(r"<[^>]*>|https?://\S+|[`*|_=#\[\]{}~]+|^\s*[-.:].*$", " ", text, flags=re.MULTILINE)
        for sentence in re.split(r"(?<=[.!?])\s+|\n\s*\n", text):
            sentence = " ".join(sentence.split())
            if 5 <= len(sentence.split()) <= 60 and sentence[0].isalpha() and sentence.isascii():
                found.append(sentence)
    return sorted(set(found))


def phrase(part: str, rng: np.random.Generator, longest: int = 5) -> str:
    """One to `longest` neighbouring words, sometimes a number or in capitals: what signs, forms and bills say."""
    kind = rng.random()
    if kind < 0.15:
        return f"{rng.integers(1, 100000)}{rng.choice(['', '.00', ' EUR', ' kg', '%', '/2026'])}"
    pool = sentences(part)
    words = pool[rng.integers(len(pool))].split()
    count = int(rng.integers(1, longest + 1))
    first = int(rng.integers(max(1, len(words) - count)))
    text = " ".join(words[first:first + count])
    return text.upper() if kind < 0.35 else text
