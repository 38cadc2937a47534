"""E-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.privacy.spans import Datum

# Begins at the @, so that texts without one cost nothing.
_AT = re.compile(r"@")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}\Z")
_DOMAIN = re.compile(r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?\.){1,6}[A-Za-z]{2,24}")


def email_addresses(text: str) -> Iterator[Datum]:
    """The e-mail addresses in a text."""
    for at in _AT.finditer(text):
        start = at.start()
        domain = _DOMAIN.match(text, start)
        local = _LOCAL.search(text[max(0, start - 64) : start])
        if domain and local:
            begin = start - len(local[0].lstrip("'`{|.*/=&?-"))
            if begin < start:
                yield Datum(begin, domain.end(), text[begin : domain.end()])
