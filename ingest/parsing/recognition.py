"""Text in pictures: what RapidOCR, the extra `ocr`, recognises in one, line by line.

Its models come with its package, and are named by their paths: it would fetch what it lacks.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import hypot, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import Unopenable, Unreadable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

INSTALL = 'to read it, pip install "founders-kb[ocr]"'
MOST_PIXELS = 120_000_000  # more than any telephone's camera takes, 360 MB when unpacked
_SIDE = 1600  # pixels of the longer side that are recognised
_AREA = 1_600_000  # and pixels in all: memory grows with them, to some 800 MB for these
_LEAST_SIDE = 16
_SLICE = 1.6  # a picture more times as high as it is wide is recognised in slices
_WIDTH_OF_SLICES = 1000
_UPRIGHT = 0.75  # the mean certainty below which a page may lie on its side or its head
_SURE = 0.5  # what is recognised with less certainty is left out


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in a picture: its corners from the upper left on, clockwise, in pixels."""

    text: str
    corners: tuple[tuple[float, float], ...]
    certainty: float


def is_available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("rapidocr") is not None


def require(what: str) -> None:
    """Raises Unreadable, with the line that installs the extra, where it is missing; `what` is the
    kind of file. How a file is read depends on the extra, so that it is tried again with it.
    """
    if not is_available():
        raise Unreadable(f"{what}: {INSTALL}")


@dataclass(frozen=True, slots=True)
class Page:
    """The lines that were recognised in a picture, or in a slice of a long one, with the size that
    all of it has in their pixels. It was turned first by `turned` degrees, counter-clockwise, where
    it lay on its side or its head.
    """

    width: float
    height: float
    lines: tuple[Line, ...]
    turned: int = 0


def recognised(image: Image) -> Iterator[Page]:
    """The text of a picture; of one that is much higher than wide, such as a long screenshot, slice
    by slice. Raises Unreadable for one with too many pixels, or too few in one direction.
    """
    check_size(*image.size)
    if image.height > _SLICE * image.width:
        yield from _in_slices(_scaled(image, image.width, _WIDTH_OF_SLICES))
        return
    small = _scaled(image, max(image.size), _SIDE)
    upright = _page(small)
    if not upright.lines or _certainty(upright.lines) >= _UPRIGHT:
        yield upright
        return
    others = (_page(small, turned) for turned in (180, 90, 270))
    yield max((upright, *others), key=lambda page: _certain_letters(page.lines))


def check_size(width: int, height: int) -> None:
    """Raises Unreadable for a picture that is not worth, or not safe, unpacking."""
    if width * height > MOST_PIXELS:
        raise Unreadable(f"a picture of over {MOST_PIXELS // 1_000_000} million pixels")
    if min(width, height) < _LEAST_SIDE or max(width, height) > 100 * min(width, height):
        raise Unreadable("a picture too small or too narrow to hold text")


def _certainty(lines: Sequence[Line]) -> float:
    """The mean certainty of the letters; of lines on their side none is certain."""
    letters = sum(len(line.text) for line in lines)
    return _certain_letters(lines) / letters if letters else 0.0


def _certain_letters(lines: Sequence[Line]) -> float:
    return sum(line.certainty * len(line.text) for line in lines if not _is_tall(line))


def _is_tall(line: Line) -> bool:
    (left, top), (right, middle), (_, bottom), _ = line.corners
    return len(line.text) > 1 and hypot(right - left, middle - top) < bottom - middle


def _scaled(image: Image, length: int, most: int) -> Image:
    """The picture in colours, made smaller where that length of it is more than `most` pixels."""
    from PIL.Image import Resampling

    scale = min(1.0, most / length)
    if image.height <= _SLICE * image.width:
        scale = min(scale, sqrt(_AREA / (image.width * image.height)))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    whole = image.convert("RGB")
    return whole.resize(size, Resampling.LANCZOS) if scale < 1 else whole


def _page(image: Image, turned: int = 0) -> Page:
    import numpy as np

    whole = image.rotate(turned, expand=True) if turned else image
    return Page(whole.width, whole.height, tuple(_lines(np.asarray(whole), 0)), turned)


def _in_slices(image: Image) -> Iterator[Page]:
    """A picture in slices about as high as wide, cut where a row of pixels is calmest."""
    import numpy as np

    pixels = np.asarray(image)
    top, (width, height) = 0, image.size
    while height - top > _SLICE * width:
        first, last = top + int(0.8 * width), top + int(_SLICE * width)
        calm = pixels[first:last].std(axis=1).sum(axis=1)
        bottom = first + int(calm.argmin())
        yield Page(width, height, tuple(_lines(pixels[top:bottom], top)))
        top = bottom
    yield Page(width, height, tuple(_lines(pixels[top:], top)))


def _lines(pixels: NDArray[np.uint8], top: int) -> Iterator[Line]:
    import numpy as np

    height, width = pixels.shape[:2]
    # The detector scales the shorter side up to some 700 pixels: a banner would become a wall.
    below, beside = max(0, min(736, width // 2) - height), max(0, min(736, height // 2) - width)
    padded = np.pad(pixels, ((0, below), (0, beside), (0, 0)), mode="edge")
    try:
        result = _engine()(padded[:, :, ::-1])
    except Exception as error:  # its engine wraps what it could not get memory for
        if "alloc" in str(error):
            raise MemoryError from error
        raise
    if not result.txts:
        return
    for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        if text.strip() and score >= _SURE:
            corners = tuple((float(x), float(y) + top) for x, y in box)
            yield Line(" ".join(text.split()), corners, float(score))


@cache
def _engine() -> Any:
    """The recogniser. Lines are not asked whether they stand on their heads: its model for that turns
    one of ten upright Latin lines.
    """
    rapidocr = importlib.import_module("rapidocr")
    models = Path(str(rapidocr.__file__)).parent / "models"
    detector, reader = (next(models.glob(f"*_{part}_*.onnx"), None) for part in ("det", "rec"))
    if detector is None or reader is None:
        raise Unopenable("a picture: rapidocr came without its models")
    parameters = {
        "Global.log_level": "critical",
        "Global.use_cls": False,
        "Global.max_side_len": 10_000,
        "Det.model_path": str(detector),
        "Rec.model_path": str(reader),
        "Rec.rec_batch_num": 1,
        # Several readers work beside each other, and processor time is what they are limited by.
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    }
    return rapidocr.RapidOCR(params=parameters)
