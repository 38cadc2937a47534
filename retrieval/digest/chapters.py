"""Chapters: where a source turns from one subject to the next.

Headings of the source where it has several. Else the words on either side of each gap between
lines are compared, as in Hearst's TextTiling (1997), and the deepest gaps taken.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from kb.asking import is_question
from kb.text import HAN, flat, terms
from retrieval.digest.parts import Chapter, Line
from retrieval.digest.weights import heaviest

_AROUND = 20  # lines compared on either side of a gap
_SHORTEST = 15  # lines
_MOST = 10
_LINES_A_CHAPTER = 60
_TITLE_WORDS = 4
_LONGEST = 400  # characters of a line of the gist
_GIST = 2  # lines of a chapter
_WORD = re.compile(rf"[{HAN}]{{2,}}|[^\W\d_{HAN}][\w'-]{{2,}}")


def chapters(
    lines: Sequence[Line], bags: Sequence[frozenset[str]], weight: Sequence[float]
) -> tuple[Chapter, ...]:
    """The chapters of a source in order; one where it is short."""
    if not lines:
        return ()
    headed = _headings(lines)
    begins = [number for number, _ in headed] or [0, *_turns(lines, bags)]
    named = dict(headed)
    spans = list(pairwise([*begins, len(lines)]))
    counts = [Counter(word for bag in bags[first:end] for word in bag) for first, end in spans]
    return tuple(
        Chapter(
            named.get(first) or _title(lines[first:end], counts[number], counts),
            lines[first],
            lines[end - 1],
            _gist(lines[first:end], weight),
        )
        for number, (first, end) in enumerate(spans)
    )


def _gist(lines: Sequence[Line], weight: Sequence[float]) -> tuple[Line, ...]:
    """The weightiest lines of a chapter that state something, in order."""
    able = [
        line.number for line in lines if len(line.text) <= _LONGEST and not is_question(line.text)
    ]
    offset = lines[0].number
    return tuple(lines[number - offset] for number in heaviest(able, weight, _GIST))


def _headings(lines: Sequence[Line]) -> list[tuple[int, str]]:
    """The numbers of the lines under a new heading, with it; empty where there are not several."""
    found: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        heading = line.passage.headings[-1] if line.passage.headings else ""
        if not found or heading != found[-1][1]:
            found.append((number, heading))
    return found if len(found) > 1 and any(heading for _, heading in found) else []


def _turns(lines: Sequence[Line], bags: Sequence[frozenset[str]]) -> list[int]:
    """Where new subjects begin, at a line of another speaker than the one before it."""
    allowed = min(_MOST, len(lines) // _LINES_A_CHAPTER + 1) - 1
    likeness = [_likeness(bags, gap) for gap in range(len(lines))]
    depths = {
        gap: _depth(likeness, gap)
        for gap in range(_SHORTEST, len(lines) - _SHORTEST)
        if lines[gap].speaker != lines[gap - 1].speaker or lines[gap].speaker is None
    }
    chosen: list[int] = []
    for gap in sorted(depths, key=lambda gap: -depths[gap]):
        if len(chosen) >= allowed:
            break
        if depths[gap] > 0 and all(abs(gap - other) >= _SHORTEST for other in chosen):
            chosen.append(gap)
    return sorted(chosen)


def _likeness(bags: Sequence[frozenset[str]], gap: int) -> float:
    """The cosine of the words before a gap and after it."""
    before = Counter(word for bag in bags[max(0, gap - _AROUND) : gap] for word in bag)
    after = Counter(word for bag in bags[gap : gap + _AROUND] for word in bag)
    shared = sum(count * after[word] for word, count in before.items())
    norms = math.sqrt(sum(n * n for n in before.values()) * sum(n * n for n in after.values()))
    return shared / norms if norms else 0.0


def _depth(likeness: Sequence[float], gap: int) -> float:
    """How far the likeness falls at a gap from the highest near it on each side."""
    before = max(likeness[max(0, gap - _AROUND) : gap + 1])
    after = max(likeness[gap : gap + _AROUND])
    return before + after - 2 * likeness[gap]


def _title(lines: Sequence[Line], own: Counter[str], all_counts: Sequence[Counter[str]]) -> str:
    """The words that a chapter has more often than the others, as they are written most often."""
    written: dict[str, Counter[str]] = {}
    for line in lines:
        for match in _WORD.finditer(flat(line.text)):
            for stem in terms(match[0]):
                word = stem if re.match(f"[{HAN}]", stem) else match[0]
                written.setdefault(stem, Counter())[word] += 1
    speakers = {word for line in lines for word in terms(line.speaker or "")}
    score = {
        stem: count * count / sum(other[stem] for other in all_counts)
        for stem, count in own.items()
        if stem in written and stem not in speakers and len(stem) > 1 and count > 1
    }
    best = sorted(score, key=lambda stem: (-score[stem], stem))[:_TITLE_WORDS]
    return ", ".join(written[stem].most_common(1)[0][0] for stem in best)
