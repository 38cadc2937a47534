"""Text in pictures: how much of it is recognised, how long a page takes, and how much memory.

    python -m tests.bench.ocr [--pages N]

Pages are set from real text, half of them Chinese, a third in two columns, and shown in three
qualities: clean at 300 dpi; at 150 dpi as a noisy JPEG, a degree askew; photographed, out of focus,
in perspective and uneven light. Needs the extra ocr, a Chinese font and ../shared/data.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ingest.parsed import File
from ingest.parsing import recognition
from ingest.readers import picture
from tests.bench.data import CMRC, SQUAD, need, squad_like
from tests.pictures import NO_FONT, chinese_font, font

_WIDTH, _HEIGHT = 2480, 3508  # A4 at 300 dpi
_MARGIN, _SIZE, _STEP = 220, 46, 74
_LINES = 20


@dataclass(frozen=True)
class Set:
    """A page as it was set: its text, and what it looks like."""

    text: str
    image: Image.Image


def clean(page: Image.Image, pick: random.Random) -> Image.Image:
    return page


def scanned(page: Image.Image, pick: random.Random) -> Image.Image:
    half = page.resize((page.width // 2, page.height // 2), Image.Resampling.LANCZOS)
    askew = half.rotate(pick.choice((-1, 1)), Image.Resampling.BICUBIC, fillcolor="white")
    return jpeg(noisy(askew, 12, pick), 55)


def photographed(page: Image.Image, pick: random.Random) -> Image.Image:
    small = page.resize((1500, 2122), Image.Resampling.LANCZOS)
    width, height = small.size
    corners = (-40, -60, 90, height + 50, width - 60, height + 90, width + 50, -30)
    seen = small.transform(
        (width, height),
        Image.Transform.QUAD,
        corners,
        Image.Resampling.BICUBIC,
        fillcolor="#8a8378",
    )
    blurred = seen.filter(ImageFilter.GaussianBlur(1.1))
    light = (
        np.linspace(0.62, 1.0, width)[None, :, None] * np.linspace(1.0, 0.8, height)[:, None, None]
    )
    lit = Image.fromarray((np.asarray(blurred) * light).astype(np.uint8))
    return jpeg(noisy(lit, 6, pick), 70)


QUALITIES: dict[str, Callable[[Image.Image, random.Random], Image.Image]] = {
    "300 dpi": clean,
    "150 dpi, noisy JPEG, 1° askew": scanned,
    "photograph": photographed,
}


def noisy(image: Image.Image, strength: float, pick: random.Random) -> Image.Image:
    noise = np.random.default_rng(pick.randrange(2**32)).normal(
        0, strength, np.asarray(image).shape
    )
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(out)


def set_pages(count: int, pick: random.Random) -> Iterator[tuple[str, Set]]:
    """Pages of real text with what kind each is."""
    chinese, english = (squad_like(path) for path in need(CMRC, SQUAD))
    told = (paragraph for _, paragraphs in english.articles for paragraph in paragraphs)
    texts = {
        "zh": "".join(paragraph for _, each in chinese.articles[:200] for paragraph in each),
        # the letters that Pillow's own font has
        "en": " ".join(islice((paragraph for paragraph in told if paragraph.isascii()), 200)),
    }
    for number in range(count):
        lang = "zh" if number % 2 else "en"
        columns = 2 if number % 3 == 2 else 1
        start = pick.randrange(len(texts[lang]) // 2)
        yield (
            f"{lang}, {columns} column{'s' * (columns > 1)}",
            _set(texts[lang][start:], lang, columns),
        )


def _set(text: str, lang: str, columns: int) -> Set:
    letters = font(_SIZE, chinese=lang == "zh")
    image = Image.new("RGB", (_WIDTH, _HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    gutter = 120
    width = (_WIDTH - 2 * _MARGIN - (columns - 1) * gutter) // columns
    lines: list[str] = []
    rest = text.split() if lang == "en" else list(re.sub(r"\s+", "", text))
    for _ in range(_LINES * columns):
        line, rest = _line(rest, " " if lang == "en" else "", width, letters)
        lines.append(line)
    for number, line in enumerate(lines):
        left = _MARGIN + number // _LINES * (width + gutter)
        draw.text((left, _MARGIN + number % _LINES * _STEP), line, "#111111", letters)
    return Set("\n".join(lines), image)


def _line(
    rest: list[str], between: str, width: int, letters: ImageFont.FreeTypeFont
) -> tuple[str, list[str]]:
    count = 1
    while count < len(rest) and letters.getlength(between.join(rest[: count + 1])) <= width:
        count += 1
    return between.join(rest[:count]), rest[count:]


def read(image: Image.Image) -> tuple[str, float]:
    """What is read of a picture, and the seconds of processor time that it takes."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    began = time.process_time()
    parsed = picture.read(File("page.png", out.getvalue()))
    return parsed.text, time.process_time() - began


def right(said: str, meant: str) -> float:
    """The share of characters that are right: 1 less the edit distance over the length, without
    space and with punctuation of one width.
    """
    one, other = _bare(said), _bare(meant)
    return max(0.0, 1 - _distance(one, other) / len(other))


def _bare(text: str) -> str:
    import unicodedata

    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _distance(one: str, other: str) -> int:
    """Levenshtein's distance, a row at a time."""
    codes = np.array([ord(character) for character in other])
    steps = np.arange(len(other) + 1)
    row = steps.copy()
    for character in one:
        after = np.minimum(row[1:] + 1, row[:-1] + (codes != ord(character)))
        after = np.concatenate(([row[0] + 1], after))
        row = np.minimum.accumulate(after - steps) + steps
    return int(row[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=12, help="in each quality")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if not recognition.is_available() or not chinese_font():
        raise SystemExit(
            NO_FONT if recognition.is_available() else "the extra ocr is not installed"
        )
    pick = random.Random(arguments.seed)
    pages = list(set_pages(arguments.pages, pick))
    kinds = sorted({kind for kind, _ in pages})
    print(f"{'characters right':32}{''.join(f'{kind:>18}' for kind in kinds)}{'s a page':>12}")
    for quality, seen in QUALITIES.items():
        shares: dict[str, list[float]] = {kind: [] for kind in kinds}
        seconds = []
        for kind, page in pages:
            said, taken = read(seen(page.image, pick))
            shares[kind].append(right(said, page.text))
            seconds.append(taken)
        means = "".join(f"{sum(each) / len(each):18.3f}" for each in shares.values())
        print(f"{quality:32}{means}{sum(seconds) / len(seconds):12.1f}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"largest memory, with what sets the pages: {peak:.0f} MB")


if __name__ == "__main__":
    main()
