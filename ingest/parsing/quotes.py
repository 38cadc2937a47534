"""Quotes: the message that another repeats in front of its own words, or behind them."""

from __future__ import annotations

import re

_OPENING = 12  # characters
_NAMED = r"(?P<name>[^\n:：]{1,40})[:：][ \t]*"
_ABOVE = re.compile(  # WeChat: 「Ines：Who sets prices」, a line of dashes, and the reply
    rf"\A[「『\"“]{_NAMED}(?P<text>[^」』”]{{1,2000}}?)[」』\"”]?[ \t]*\n[ \t]*(?:[-—–─][ \t]?){{5,}}\n"
)
_BELOW = re.compile(rf"\n[ \t]*(?:引用|回复|Replying to)[:：]?[ \t]*{_NAMED}(?P<text>.+)\Z", re.S)


class Quotes:
    """Finds the ids of messages by what is quoted of them; of equals the latest."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], str] = {}

    def note(self, author: str, text: str, number: str) -> None:
        """Take note of a message, which later ones may quote."""
        self._ids[author, _opening(text)] = number

    def answered(self, text: str) -> tuple[str | None, int, int]:
        """(the id of the message that a text quotes, start, end of its own words); all of the text
        and no id where it quotes nothing that was said.
        """
        for form in (_ABOVE, _BELOW):
            match = form.search(text)
            if match and (
                number := self._ids.get((match["name"].strip(), _opening(match["text"])))
            ):
                start, end = (match.end(), len(text)) if form is _ABOVE else (0, match.start())
                if text[start:end].strip():
                    return number, start, end
        return None, 0, len(text)


def _opening(text: str) -> str:
    return " ".join(text.split())[:_OPENING]
