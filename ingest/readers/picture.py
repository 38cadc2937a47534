"""Pictures: photographs of posters and slides, scans, screenshots. A picture is a page, and so is
each picture of a TIFF file.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing.picture_file import pictures_in
from ingest.parsing.picture_page import add_page
from ingest.parsing.recognition import recognised, require
from kb.types import Anchor


def read(file: File) -> Parsed:
    """Read a picture at once."""
    require("a picture")
    composer, group = Composer(), 0
    for number, image in pictures_in(file.data):
        for page in recognised(image):
            group = add_page(composer, page, Anchor("page", number, number), group)
    return _whole(composer)


def parts(file: File) -> Iterator[Parsed]:
    """Read a picture page by page, and a long one slice by slice: limits count for each. Raises
    Unopenable without the extra, Unreadable for what is no picture or holds no text.
    """
    require("a picture")
    composer, read_any = Composer(), False
    for number, image in pictures_in(file.data):
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
