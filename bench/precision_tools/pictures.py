"""Photographs and lines of text as a model for pictures meets them. Two disjoint sets of photographs, typefaces and words."""

import functools
from pathlib import Path

import matplotlib
import numpy as np
import skimage
import sklearn
from PIL import Image, ImageDraw, ImageFilter, ImageFont

_SKIMAGE = Path(skimage.__file__).parent / "data"
_SKLEARN = Path(sklearn.__file__).parent / "datasets" / "images"
_MATPLOTLIB = Path(matplotlib.get_data_path())

# Both views of the motorcycle are one scene and stay in one set; each set has a person, an animal or food, a scene,
# texture and something printed.
PHOTOGRAPHS = {
    "calibration": [
        *(_SKIMAGE / name for name in (
            "brick.png", "camera.png", "cell.png", "chelsea.png", "coins.png", "grass.png", "hubble_deep_field.jpg",
            "ihc.png", "motorcycle_left.png", "motorcycle_right.png", "page.png", "retina.jpg")),
        _SKLEARN / "flower.jpg",
        _MATPLOTLIB / "sample_data" / "grace_hopper.jpg",
    ],
    "validation": [
        *(_SKIMAGE / name for name in ("astronaut.png", "coffee.png", "gravel.png", "moon.png", "rocket.jpg", "text.png")),
        _SKLEARN / "china.jpg",
    ],
}
_FONTS = {
    "calibration": ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSerif-Italic",
                    "DejaVuSansMono", "STIXGeneral", "cmss10"],
    "validation": ["DejaVuSans-BoldOblique", "DejaVuSerif-Bold", "DejaVuSansMono-Bold", "STIXGeneralBol", "cmr10"],
}


@functools.cache
def photographs(part: str) -> list[Image.Image]:
    return [Image.open(path).convert("RGB") for path in PHOTOGRAPHS[part]]


@functools.cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_MATPLOTLIB / "fonts" / "ttf" / f"{name}.ttf"), size)


def photograph(part: str, rng: np.random.Generator) -> Image.Image:
    """A photograph as taken: mirrored or not, a little darker or lighter."""
    pictures = photographs(part)
    picture = pictures[rng.integers(len(pictures))]
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    gain = rng.uniform(0.7, 1.2)
    return picture.point(lambda value: min(255, value * gain))


def crop(part: str, width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """A part of a photograph of the wanted proportions, scaled to the wanted size."""
    picture = photograph(part, rng)
    scale = min(picture.width / width, picture.height / height) * rng.uniform(0.5, 1)
    w, h = max(1, int(width * scale)), max(1, int(height * scale))
    left, top = rng.integers(picture.width - w + 1), rng.integers(picture.height - h + 1)
    return picture.crop((left, top, left + w, top + h)).resize((width, height), Image.Resampling.BILINEAR)


def _text_layer(words: str, part: str, height: int, rng: np.random.Generator) -> Image.Image:
    """The words as a mask, just as large as they are."""
    fonts = _FONTS[part]
    font = _font(fonts[rng.integers(len(fonts))], max(8, height))
    left, top, right, bottom = font.getbbox(words)
    mask = Image.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(mask).text((2 - left, 2 - top), words, fill=255, font=font)
    return mask


def _ink(background: Image.Image, rng: np.random.Generator) -> tuple[int, int, int]:
    """A colour that can be read on the background."""
    light = np.asarray(background.convert("L")).mean() > 127
    low, high = (0, 90) if light else (165, 256)
    return tuple(int(value) for value in rng.integers(low, high, 3))


def scene_with_text(part: str, size: int, phrases: list[str], rng: np.random.Generator) -> Image.Image:
    """A photograph with lines of text of several sizes and slants on it, some on a plate."""
    scene = crop(part, size, size, rng)
    for phrase in phrases:
        mask = _text_layer(phrase, part, int(rng.uniform(0.02, 0.09) * size), rng)
        if mask.width > 0.95 * size:
            mask = mask.resize((int(0.95 * size), max(8, int(mask.height * 0.95 * size / mask.width))))
        plate = Image.new("L", mask.size, 255) if rng.random() < 0.4 else None
        angle = rng.normal(0, 4)
        mask = mask.rotate(angle, expand=True)
        left = int(rng.integers(max(1, size - mask.width)))
        top = int(rng.integers(max(1, size - mask.height)))
        box = (left, top, left + mask.width, top + mask.height)
        if plate is not None:
            colour = tuple(int(value) for value in rng.integers(0, 256, 3))
            scene.paste(colour, box, plate.rotate(angle, expand=True))
        scene.paste(_ink(scene.crop(box), rng), box, mask)
    return scene.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1)))


def text_line(part: str, phrase: str, rng: np.random.Generator) -> Image.Image:
    """One line of text cut out of a picture as a detector would."""
    mask = _text_layer(phrase, part, int(rng.uniform(18, 60)), rng)
    margin = int(rng.uniform(1, 0.3 * mask.height + 2))
    width, height = mask.width + 2 * margin, mask.height + 2 * margin
    line = crop(part, width, height, rng)
    if rng.random() < 0.5:
        line = Image.blend(line, Image.new("RGB", line.size, tuple(int(v) for v in rng.integers(0, 256, 3))), 0.8)
    line.paste(_ink(line, rng), (margin, margin), mask)
    return line.rotate(rng.normal(0, 1), expand=False).filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.8)))
