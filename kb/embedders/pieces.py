"""The tokenizer that both built-in embedders share."""

from __future__ import annotations

import gzip
import os
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from kb.text import simplified

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable

    from tokenizers import Encoding, Tokenizer

# Full-width letters, digits and hyphens are written by some keyboards; full-width punctuation is
# Chinese punctuation.
_WIDTHS = {
    code: code - 0xFEE0
    for code in range(0xFF01, 0xFF5F)
    if chr(code - 0xFEE0).isalnum() or code == 0xFF0D
}
DATA: Traversable = files("kb.embedders") / "builtin"


@lru_cache(maxsize=1)
def _tokenizer() -> Tokenizer:
    # Its threads don't survive a fork, of a program that uses kb or of ours; one thread is far
    # ahead of any encoder.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer

    return Tokenizer.from_str(
        gzip.decompress((DATA / "pieces.json.gz").read_bytes()).decode("utf-8")
    )


def cut(texts: Sequence[str], *, special: bool) -> list[Encoding]:
    """The pieces of each text, Traditional Chinese as Simplified; with `special`, between [CLS] and
    [SEP].
    """
    return _tokenizer().encode_batch_fast(
        [_written(text) for text in texts], add_special_tokens=special
    )


def _written(text: str) -> str:
    if text.isascii():
        return text
    sound = text.encode("utf-8", "replace").decode(
        "utf-8"
    )  # half a surrogate pair is no text to a tokenizer
    return simplified(sound.translate(_WIDTHS))
