"""Lines that can be quoted by themselves: they say much of what the source is about, and stand
without what was said before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from kb.asking import is_question
from kb.text import HAN, flat
from retrieval.digest.parts import Line
from retrieval.digest.weights import heaviest

_MOST = 6
_TERMS = 5
_SHORTEST, _LONGEST = 40, 220  # letters' room: a Han character takes two and a half
_LEANS = re.compile(
    r"\A\W*(?:(?:and|but|so|or|because|that|this|it|they|he|she|these|those|which|then|also|yeah|yes|no|well|okay|ok"
    r"|um|uh|right|thanks|thank|hello|welcome)\b"
    r"|这|那|它|他|她|所以|但|而且|然后|因为|并且|对|嗯|好|是的|谢谢|大家好|欢迎|另外|还有)",
    re.I,
)
_BACK = re.compile(
    r"\b(?:um|uh|you know|sort of|kind of|i mean)\b|这个这个|就是说|对吧|对不对", re.I
)
_CLOSED = re.compile(r"[.。!！”\"’]\Z")


def quotable(
    lines: Sequence[Line],
    bags: Sequence[frozenset[str]],
    weight: Sequence[float],
    taken: Collection[int],
) -> tuple[Line, ...]:
    """The weightiest lines that can stand alone and are not `taken` by another part."""
    able = [
        number
        for number, line in enumerate(lines)
        if number not in taken and len(bags[number]) >= _TERMS and _stands_alone(line.text)
    ]
    return tuple(lines[number] for number in heaviest(able, weight, _MOST))


def _stands_alone(text: str) -> bool:
    bare = flat(text).strip()
    room = len(bare) + 1.5 * len(re.findall(f"[{HAN}]", bare))
    return (
        _SHORTEST <= room <= _LONGEST
        and _CLOSED.search(bare) is not None
        and not (_LEANS.match(bare) or _BACK.search(bare) or is_question(bare))
    )
