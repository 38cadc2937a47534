"""Files that are pictures, opened safely: whatever they are called, of few kinds and of no more
pixels than fit in memory.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingest.parsed import Unreadable
from ingest.parsing.recognition import MOST_PIXELS, check_size

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_PAGES = 1000
_DRAFT = (
    2400,
    2400,
)  # JPEG is unpacked at about this size at once, which takes a tenth of the time
_KINDS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "MPO")


def pictures_in(data: bytes) -> Iterator[tuple[int, Image]]:
    """The pictures of a file, each with its number, upright; of an animation the first. Raises
    Unreadable for what is no picture, or too large.
    """
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with _damaged(), Image.open(io.BytesIO(data), formats=_KINDS) as opened:
        count = getattr(opened, "n_frames", 1) if opened.format == "TIFF" else 1
        for number in range(min(count, _MOST_PAGES)):
            opened.seek(number)
            check_size(*opened.size)
            opened.draft("RGB", _DRAFT)
            yield number + 1, _on_paper(ImageOps.exif_transpose(opened))


def _on_paper(image: Image) -> Image:
    """The picture on white, where it can be seen through."""
    if not image.has_transparency_data:
        return image
    from PIL import Image as images

    seen = image.convert("RGBA")
    return images.alpha_composite(images.new("RGBA", seen.size, "white"), seen)


@contextmanager
def _damaged() -> Iterator[None]:
    """Say of a picture that Pillow can't read that it is damaged. Its errors are of many kinds."""
    from PIL import Image

    try:
        yield
    except (Unreadable, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        million = MOST_PIXELS // 1_000_000
        raise Unreadable(f"a picture of over {million} million pixels") from error
    except Exception as error:
        raise Unreadable("a damaged picture, or none") from error
