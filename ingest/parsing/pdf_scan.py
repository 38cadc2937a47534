"""Pages of a PDF that hold no text but show some: scans, slides saved as pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.parsing.recognition import Page, recognised

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_SIDE = 2000  # pixels of a page's longer side when it is drawn: somewhat more than are recognised
_LETTERS = 0.2  # the least share of letters and digits in what is a text


_WORD_CHARACTERS = re.compile(r"[^\W_]+")


def is_bare(text: str) -> bool:
    """Whether a page's text layer is empty or junk: marks and characters of fonts that say nothing of
    which letters they are.
    """
    letters = sum(map(len, _WORD_CHARACTERS.findall(text)))
    return letters <= _LETTERS * sum(map(len, text.split()))


def shows_anything(pdf: PdfDocument, index: int) -> bool:
    """Whether a page has anything on it; none for a page that is damaged."""
    from pypdfium2 import PdfiumError

    try:
        return next(pdf[index].get_objects(max_depth=2), None) is not None
    except PdfiumError:
        return False


def has_image(pdf: PdfDocument) -> bool:
    """Whether there is a picture on one of the first pages."""
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    return any(
        next(pdf[index].get_objects([FPDF_PAGEOBJ_IMAGE]), None)
        for index in range(min(len(pdf), 20))
    )


def recognised_page(pdf: PdfDocument, index: int) -> Iterator[Page]:
    """What is recognised on a page, drawn as it is shown."""
    page = pdf[index]
    try:
        width, height = page.get_size()
        longer = max(width, height, 1.0)
        image = page.render(scale=_SIDE / longer, may_draw_forms=False).to_pil()
    finally:
        page.close()
    yield from recognised(image)
