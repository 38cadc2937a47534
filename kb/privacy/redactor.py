"""The redactor: puts pseudonyms in the place of personal data."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from operator import is_
from typing import Any

from kb.privacy.listed_names import ListedNames
from kb.privacy.pseudonyms import pseudonym
from kb.privacy.recognisers import KINDS, RECOGNISERS
from kb.privacy.spans import FORGOTTEN, Recogniser, Span, Spans

_VERSION = 1  # raise it when the recognisers change what they give: sources are then read again
# what identifies a message, which looks like an e-mail address
NEVER_MASKED = ("message-id", "in-reply-to", "references")


@dataclass(frozen=True, slots=True)
class Masking:
    """What a home masks, and with which key; it goes to the processes that read files.

    `names` are the names of one person each. `forgotten` recognises what the home was told to
    forget, whatever the kinds.
    """

    kinds: frozenset[str] = frozenset()
    key: bytes = b""
    names: tuple[tuple[str, ...], ...] = ()
    forgotten: Recogniser | None = None

    def __bool__(self) -> bool:
        """Whether anything is masked."""
        return bool(self.kinds) or self.forgotten is not None

    @property
    def digest(self) -> str:
        """A name for all that this masks, from which no name in it can be worked out; empty where
        it masks nothing. Documents that were read with another one are read again.
        """
        if not self:
            return ""
        names = self.names if "name" in self.kinds else ()
        about = repr((_VERSION, sorted(self.kinds), names))
        return hmac.digest(self.key, about.encode("utf-8", "replace"), "sha256").hex()[:16]


class Redactor:
    """Masks texts and values; whatever it masked before it leaves as it is."""

    def __init__(self, masking: Masking) -> None:
        self._key = masking.key
        self._forgotten = masking.forgotten
        self._recognisers: list[tuple[str, Recogniser]] = [
            (kind, RECOGNISERS[kind])
            for kind in KINDS
            if kind in masking.kinds and kind in RECOGNISERS
        ]
        if "name" in masking.kinds and masking.names:
            self._recognisers.append(("name", ListedNames(masking.names)))

    def __bool__(self) -> bool:
        """Whether it masks anything."""
        return bool(self._recognisers) or self._forgotten is not None

    def spans(self, text: str) -> list[Span]:
        """What is to be masked in a text, in order; no two overlap."""
        spans = Spans()
        if self._forgotten is not None:
            for start, end, value in self._forgotten(text):
                spans.add(Span(start, end, FORGOTTEN, value))
        for kind, recogniser in self._recognisers:
            for start, end, value in recogniser(text):
                spans.add(Span(start, end, kind, value))
        return list(spans)

    def mask(self, span: Span) -> str:
        """What stands in the place of a span."""
        if span.kind == FORGOTTEN:
            return FORGOTTEN
        return pseudonym(self._key, span.kind, span.value)

    def text(self, text: str) -> str:
        """The text with each datum masked. It has as many lines as before."""
        spans = self.spans(text)
        if not spans:
            return text
        pieces, position = [], 0
        for span in spans:
            lines = text.count("\n", span.start, span.end)
            pieces += [text[position : span.start], self.mask(span), "\n" * lines]
            position = span.end
        return "".join((*pieces, text[position:]))

    def value(self, value: Any) -> Any:
        """A value with all texts in it masked; itself where there is nothing to mask."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, tuple | list):
            items = [self.value(item) for item in value]
            return value if all(map(is_, items, value)) else type(value)(items)
        if isinstance(value, Mapping):
            masked = {
                key: item if key in NEVER_MASKED else self.value(item)
                for key, item in value.items()
            }
            return value if all(masked[key] is value[key] for key in value) else masked
        return value
