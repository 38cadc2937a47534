"""E-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.privacy.spans import Datum

_LOCAL = r"[A-Za-z0-9][A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{0,63}"
_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?\.){1,6}[A-Za-z]{2,24}(?![A-Za-z0-9_])"
_AT = re.compile(r"[@＠]|[\[(（] ?(?:at|AT|[@＠]) ?[\])）]")
_BEFORE = re.compile(rf"(?<![A-Za-z0-9]){_LOCAL} ?\Z")
_AFTER = re.compile(rf" ?{_DOMAIN}")
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|ico)\Z", re.I)  # icon@2x.png
_LONGEST_LOCAL = 65


def email_addresses(text: str) -> Iterator[Datum]:
    """The e-mail addresses in a text; also with (at) in place of the sign."""
    for sign in _AT.finditer(text):
        before = _BEFORE.search(text[max(0, sign.start() - _LONGEST_LOCAL) : sign.start()])
        after = _AFTER.match(text, sign.end())
        if not before or not after or _PICTURE.search(after[0]):
            continue
        if before[0] == "git" and text.startswith(":", after.end()):
            continue  # where a repository is
        start = sign.start() - len(before[0])
        yield Datum(start, after.end(), f"{before[0].strip()}@{after[0].strip()}")
