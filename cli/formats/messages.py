"""Messages: an answer in parts that are within a chat platform's limit, cut where readers would."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cli.formats.markup import Block, Span
from cli.formats.platform import Platform

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_SENTENCE_END = re.compile(r"[。！？!?.…；;]\s*\Z|\n\Z")
_CLOSING = frozenset("，。！？；：、）】》」』”’…")
_LONGEST_WORD = 100
_ASCII_WORDS = re.compile(rf"\S{{1,{_LONGEST_WORD}}}\s*|\s+")
_LONGEST_CHARACTER = 64  # marks may be stacked without end


def messages(blocks: Sequence[Block], platform: Platform) -> list[str]:
    """The blocks as messages within the platform's limit; where they are several, each begins with
    a line `(1/3)`.

    Cut between blocks where it can be, else after a sentence, else between words or Chinese
    characters. Nothing that reads as one is cut (a URL, a [n], what a reader takes for one
    character) unless it alone fills a message.
    """
    if platform.limit is None:
        return ["\n".join(platform.block(block) for block in blocks)]
    digits = 0
    while True:
        head = 0 if not digits else platform.size(f"({'9' * digits}/{'9' * digits})\n")
        parts = ["\n".join(part) for part in _parts(blocks, platform, platform.limit - head)]
        if len(parts) <= 1 and not digits:
            return parts
        if digits and len(str(len(parts))) <= digits:
            return [
                f"({number}/{len(parts)})\n{part}" for number, part in enumerate(parts, start=1)
            ]
        digits = max(digits + 1, len(str(len(parts))))


def _parts(blocks: Sequence[Block], platform: Platform, limit: int) -> list[list[str]]:
    """The blocks, rendered, in lists that are within the limit when joined by line ends."""
    parts: list[list[str]] = [[]]
    room = limit
    for block in blocks:
        atoms = list(_atoms(block))
        start = 0
        while True:
            part = parts[-1]
            left = _first(atoms, start, limit)
            text = platform.block(replace(block, spans=tuple(left)))
            needed = platform.size(text) + (1 if part else 0)
            whole = start + len(left) == len(atoms)
            if whole and needed <= room:
                if part or text.strip():  # no message begins with a blank line
                    part.append(text)
                    room -= needed
                break
            if part and ((whole and needed <= limit) or room <= limit // 2):
                parts.append([])
                room = limit
                continue
            count = _fitting(block, left, platform, room - (1 if part else 0))
            if count:
                part.append(platform.block(replace(block, spans=tuple(left[:count]))))
                start += count
                block = _going_on(block)
            elif not part:
                atoms[start : start + 1] = _halves(block, left[0], platform, room)
                continue
            parts.append([])
            room = limit
    return [_stripped(part) for part in parts if any(text.strip() for text in part)]


def _first(atoms: Sequence[Span], start: int, length: int) -> Sequence[Span]:
    """The atoms from `start` on that could fit into `length`, and one more: none is shorter than
    its text.
    """
    end, taken = start, 0
    while end < len(atoms) and taken <= length:
        taken += len(atoms[end].text)
        end += 1
    return atoms[start:end]


def _stripped(part: list[str]) -> list[str]:
    while not part[-1].strip():
        part = part[:-1]
    return part


def _going_on(block: Block) -> Block:
    """What the rest of a block is, where it was cut."""
    return block if block.kind in ("code", "quote", "cited", "heading") else Block("text")


def _fitting(block: Block, atoms: Sequence[Span], platform: Platform, room: int) -> int:
    """How many of the atoms go into the room, best cut; 0 when not even one does."""
    low, high = 0, len(_first(atoms, 0, room))
    middle = high - (high > 1)  # most often markup adds nothing, and this is it
    while low < high:
        fits = platform.size(platform.block(replace(block, spans=tuple(atoms[:middle])))) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
        middle = (low + high + 1) // 2
    return _better(atoms, low)


def _better(atoms: Sequence[Span], most: int) -> int:
    """Where to cut, at most `most` atoms in: after a sentence in the second half, and never before
    a [n].
    """
    for number in range(most, most // 2, -1):
        if _ends(atoms, number):
            return number
    count = most
    while count > 1 and count < len(atoms) and atoms[count].kind == "mark":
        count -= 1
    return count if count > 1 else most


def _ends(atoms: Sequence[Span], number: int) -> bool:
    """Whether a sentence, with its marks, ends before atom `number`."""
    if number < len(atoms) and atoms[number].kind == "mark":
        return False
    last = number - 1
    while last > 0 and (atoms[last].kind == "mark" or not atoms[last].text.strip()):
        last -= 1
    return bool(_SENTENCE_END.search(atoms[last].text))


def _halves(block: Block, atom: Span, platform: Platform, room: int) -> list[Span]:
    """An atom that alone is too long, in two, of which the first is not."""
    pieces = list(graphemes(atom.text))
    pieces = pieces if len(pieces) > 1 else list(atom.text)
    kind = "url" if atom.kind == "link" else atom.kind
    half = replace(atom, kind=kind, url="")
    count = len(pieces)
    while count > 1:
        count //= 2
        shown = platform.block(replace(block, spans=(replace(half, text="".join(pieces[:count])),)))
        if platform.size(shown) <= room:
            break
    return [
        replace(half, text="".join(pieces[:count])),
        replace(half, text="".join(pieces[count:])),
    ]


def _atoms(block: Block) -> Iterator[Span]:
    """The spans in pieces that are not cut."""
    for span in block.spans:
        if span.kind == "code" and block.kind == "code":
            for line in _LINES.findall(span.text):
                yield from (
                    replace(span, text=piece)
                    for piece in ([line] if len(line) < 200 else words(line))
                )
        elif span.kind in ("text", "code"):
            yield from (replace(span, text=piece) for piece in words(span.text))
        else:
            yield span


def words(text: str) -> Iterator[str]:
    """`text` in words with the space after them, in single characters where scripts part no words.

    Closing punctuation stays with what it closes. Words of over 100 characters are cut.
    """
    if text.isascii():
        yield from _ASCII_WORDS.findall(text)
        return
    word = ""
    for piece in graphemes(text):
        if word and not piece.isspace() and piece not in _CLOSING:
            is_one_word = not word[-1].isspace() and _is_narrow(word[-1]) and _is_narrow(piece[0])
            if not is_one_word or len(word) >= _LONGEST_WORD:
                yield word
                word = ""
        word += piece
    if word:
        yield word


def _is_narrow(char: str) -> bool:
    return unicodedata.east_asian_width(char) not in "WF"


def graphemes(text: str) -> Iterator[str]:
    """`text` in what readers take for characters: with combining marks, joined emoji, flags, Korean
    syllables.
    """
    begin = 0
    for position in range(1, len(text) + 1):
        if position == len(text) or not _joined(text, begin, position):
            yield text[begin:position]
            begin = position


def _joined(text: str, begin: int, position: int) -> bool:
    before, char = text[position - 1], text[position]
    if position - begin >= _LONGEST_CHARACTER:
        return False
    if char.isascii():
        return before == "\r" and char == "\n"
    if (
        unicodedata.category(char) in ("Mn", "Me", "Mc")
        or char in "\u200c\u200d"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
    ):
        return before != "\n"
    if before == "\u200d":
        return True
    if "\U0001f1e6" <= char <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff":
        return (position - begin) % 2 == 1
    return "\u1160" <= char <= "\u11ff" and "\u1100" <= before <= "\u11ff"
