"""Pseudonyms: what stands in a text in place of a personal datum, the same for the same datum."""

from __future__ import annotations

import hmac
import re

# Consonants alone spell no word, and no digit among them can be taken for a figure.
_LETTERS = "bcdfghjkmnpqrtvwxz"
_LENGTH = 7  # 18 ** 7: among 10,000 data of a kind, two share a pseudonym with a chance of 8%


def pseudonym(key: bytes, kind: str, value: str) -> str:
    """What stands in place of a datum in one home, such as `[phone kqzbtrn]`.

    The key is the home's: without it nobody can try which number gives a pseudonym. Values are
    told apart without their case and punctuation.
    """
    plain = re.sub(r"[\W_]+", "", value.casefold())
    digest = hmac.digest(key, f"{kind}\0{plain}".encode("utf-8", "surrogatepass"), "sha256")
    number = int.from_bytes(digest[:8], "big")
    letters = ""
    for _ in range(_LENGTH):
        number, rest = divmod(number, len(_LETTERS))
        letters += _LETTERS[rest]
    return f"[{kind} {letters}]"
