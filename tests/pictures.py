"""Draws pictures of text, as scanners and telephones would show it. Latin letters come with Pillow;
Chinese ones need a font of the system's.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_CHINESE = ("truetype/wqy/wqy-microhei.ttc", "opentype/noto/NotoSansCJK-Regular.ttc")
NO_FONT = "no Chinese font: apt install fonts-wqy-microhei"
POSTER = (
    "Founders' Night",
    "Topic: the first hundred users",
    "Date: 15 July, 7 pm",
    "Place: 88 Example Road",
    "Speaker: Ines Sample",
    "Entrance fee: 120 yuan",
)
海报 = (
    "创始人之夜",
    "主题：找到第一批用户",
    "时间：7月15日下午7点",
    "地点：示例路88号3楼",
    "嘉宾：苏禾",
    "报名费：120元",
)


def chinese_font() -> str:
    """The path of a Chinese font of the system's; empty without one."""
    paths = (Path("/usr/share/fonts") / name for name in _CHINESE)
    return next((str(path) for path in paths if path.is_file()), "")


def font(size: int, *, chinese: bool = False) -> ImageFont.FreeTypeFont:
    found = ImageFont.truetype(chinese_font(), size) if chinese else ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found


def page(
    lines: Sequence[str],
    size: tuple[int, int] = (1000, 900),
    *,
    letters: int = 36,
    step: int = 100,
    chinese: bool = False,
) -> Image.Image:
    """White paper with the lines on it, from the upper left on."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((60, 50 + number * step), line, "black", font(letters, chinese=chinese))
    return image


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
