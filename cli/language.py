"""The language that people read: English as the code has it, or Chinese by the catalogue.

Messages arise in English, as plain strings, so that JSON, the journal and other programs get them
so. They are translated at the door, on their way to a person.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

OPENING, CLOSING = "（「『《“‘", "，。；：、！？）」』》”’…"  # no line ends or begins with these
CATALOGUE = Path(__file__).parent / "locale" / "zh.po"
_ENTRY = re.compile(r'^msgid (".*"(?:\n".*")*)\nmsgstr (".*"(?:\n".*")*)$', re.M)
_SUBTAG = re.compile(r"[-_.@]")
_PLACE = re.compile(r"\{(\w+)\}")
_CHINESE_MARKS = {", ": "、", "; ": "；", ": ": "："}
_DEEPEST = 3  # messages within messages
_TELLING = 3  # words that are no coincidence
_OF_OURS = ("by", "decided", "reviewer")  # places in which a single word may be a message too
Language = Literal["en", "zh"]
_asked_for: ContextVar[Language | None] = ContextVar("asked_for", default=None)


@contextmanager
def addressed_in(language: Language) -> Iterator[None]:
    """Within it people are addressed in that language, whatever this process's locale says: a
    server speaks to one in Chinese and to another in English.
    """
    before = _asked_for.set(language)
    try:
        yield
    finally:
        _asked_for.reset(before)


def is_chinese() -> bool:
    """Whether people are addressed in Chinese: as KB_LANG says, else as the locale does, unless
    `addressed_in` says which language it is.

    The first of LC_ALL, LC_MESSAGES and LANG that is set is the locale; LANGUAGE, a list of
    preferences, goes before it unless that is C or POSIX, as in GNU gettext.
    """
    if asked_for := _asked_for.get():
        return asked_for == "zh"
    if chosen := os.environ.get("KB_LANG"):
        return _primary(chosen) == "zh"
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, names), "C")
    if _primary(locale) in ("c", "posix"):
        return False
    preferred = map(_primary, (os.environ.get("LANGUAGE") or locale).split(":"))
    return next((name for name in preferred if name in ("en", "zh")), "en") == "zh"


def _primary(locale: str) -> str:
    """The language of a locale's name: zh of zh_TW.UTF-8 and of zh-Hans."""
    return _SUBTAG.split(locale, maxsplit=1)[0].lower()


def translated(text: str, **values: object) -> str:
    """A message in the language that people are addressed in; as it is where it has no translation.

    `values` go into its places, as they are: for what people wrote, which may read like a message.
    """
    if values:
        template = _whole_messages().get(text) or text if is_chinese() else text
        return _PLACE.sub(lambda place: str(values[place[1]]), template)
    return _translation(text) or text if text and is_chinese() else text


def listed(parts: Iterable[str], mark: str = ", ") -> str:
    """Parts in a row, with the language's own punctuation mark between them."""
    return (_CHINESE_MARKS[mark] if is_chinese() else mark).join(parts)


def labelled(label: str, text: str) -> str:
    """A text behind its label, a message, and a colon."""
    return listed((translated(label), text), ": ")


def counted(counts: Mapping[str, object]) -> str:
    """How many of each there are: "3 fine, 1 gap", in Chinese with the number behind the word."""
    if not is_chinese():
        return listed(f"{count} {name}" for name, count in counts.items())
    return listed(f"{translated(name)} {count}" for name, count in counts.items())


def read_catalogue(path: Path = CATALOGUE) -> dict[str, str]:
    """The translations of the catalogue, by what they translate: `msgid` to `msgstr`.

    Of gettext's PO format plurals and contexts are not read: the catalogue has none. JSON has the
    same escapes.
    """
    entries = _ENTRY.finditer(path.read_text("utf-8"))
    texts = {_unquoted(entry[1]): _unquoted(entry[2]) for entry in entries}
    return {text: translation for text, translation in texts.items() if text}  # "" is its head


def _unquoted(text: str) -> str:
    text = text.replace('"\n"', "")  # how tools break long lines
    return json.loads(text) if "\\" in text else text[1:-1]  # the second is ten times as fast


@dataclass(frozen=True, slots=True)
class _Template:
    """A message with places for values: what stands around them, their names, its translation."""

    pieces: tuple[str, ...]
    names: tuple[str, ...]
    translation: str

    def filled(self, values: dict[str, str]) -> str:
        """The translation with the values in their places."""
        return _PLACE.sub(lambda place: values.get(place[1], place[0]), self.translation)

    @property
    def is_telling(self) -> bool:
        """Whether a text that fits is surely this message, and not the name of a file."""
        return sum(len(piece.split()) for piece in self.pieces) >= _TELLING

    def values(self, text: str) -> dict[str, str] | None:
        """What stands in the places, by name, if `text` is this message with values."""
        first, *others, last = self.pieces
        if not (text.startswith(first) and text.endswith(last)):
            return None
        values, begin, end = [], len(first), len(text) - len(last)
        for piece in others:
            at = text.find(piece, begin, end)
            if at < 0:
                return None
            values.append(text[begin:at])
            begin = at + len(piece)
        if begin > end:
            return None
        return dict(zip(self.names, (*values, text[begin:end]), strict=True))


_whole_messages = cache(read_catalogue)


@cache
def _templates() -> list[_Template]:
    """The messages with places for values, those with the longest text around these first."""
    templates = [
        _Template(tuple(_PLACE.split(text)[::2]), tuple(_PLACE.findall(text)), translation)
        for text, translation in _whole_messages().items()
        if "{" in text and translation and _PLACE.search(text)
    ]
    return sorted(templates, key=lambda template: -sum(map(len, template.pieces)))


def _translation(text: str, depth: int = _DEEPEST) -> str | None:
    """The Chinese for a message, None where the catalogue has none for it.

    A value may be a message too, such as the reason of an error, and two messages may be joined.
    """
    if (translation := _whole_messages().get(text)) is not None:
        return translation
    for template in _templates():
        values = template.values(text)
        if values is not None and (depth == _DEEPEST or template.is_telling):
            shown = {name: _value(value, depth, name) or value for name, value in values.items()}
            return template.filled(shown)
    for sign, chinese in (("; ", "；"), (": ", "：")):
        head, found, tail = text.partition(sign)
        first, second = (_value(part, depth) if found else None for part in (head, tail))
        if first or second:
            return f"{first or head}{chinese}{second or tail}"
    return None


def _value(text: str, depth: int, place: str = "") -> str | None:
    """The Chinese for what stands in a message, if that is one: a single word is rather a name,
    but in the places of what was decided, and by whom.
    """
    if depth and " " not in text and place in _OF_OURS:
        return _whole_messages().get(text)
    return _translation(text, depth - 1) if depth and " " in text else None
