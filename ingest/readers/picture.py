"""Pictures: photographs of posters and slides, scans, screenshots. A picture is a page, and so is
each picture of a TIFF file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing.picture_page import add_page
from ingest.parsing.recognition import MOST_PIXELS, check_size, recognised, require
from kb.types import Anchor

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_PAGES = 1000
_DRAFT = (
    2400,
    2400,
)  # JPEG is unpacked at about this size at once, which takes a tenth of the time
_KINDS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "MPO")  # and no other, whatever the file is called


def read(file: File) -> Parsed:
    """Read a picture at once."""
    composer, group = Composer(), 0
    for number, image in _pages(file):
        for page in recognised(image):
            group = add_page(composer, page, Anchor("page", number, number), group)
    return _whole(composer)


def parts(file: File) -> Iterator[Parsed]:
    """Read a picture page by page, and a long one slice by slice: limits count for each. Raises
    Unopenable without the extra, Unreadable for what is no picture or holds no text.
    """
    composer, read_any = Composer(), False
    for number, image in _pages(file):
        for page in recognised(image):
            if page.lines:
                add_page(composer, page, Anchor("page", number, number), 0)
                yield composer.parsed("doc")
                composer.clear()
                read_any = True
    if not read_any:
        raise Unreadable("a picture without text")


def _whole(composer: Composer) -> Parsed:
    try:
        return composer.parsed("doc")
    except Unreadable:
        raise Unreadable("a picture without text") from None


def _pages(file: File) -> Iterator[tuple[int, Image]]:
    """The pictures of a file, each with its number, upright; of an animation the first."""
    require("a picture")
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with _damaged(), Image.open(io.BytesIO(file.data), formats=_KINDS) as opened:
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
