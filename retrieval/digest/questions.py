"""Questions that were asked, with the answers that others gave, and those that nobody answered."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.asking import is_question
from kb.text import compatible, simplified
from retrieval.digest.parts import AnsweredQuestion, Line
from retrieval.digest.weights import heaviest

_TERMS = 3  # of a question and of a line that answers: fewer stand for nothing by themselves
_REACH = 6  # lines of others after a question in which an answer begins
_ANSWER = 3  # lines
_MOST = 15
_UNKNOWN = re.compile(
    r"不(?:知道|清楚|确定|好说)|没想好|(?:回头|之后|会后|下次)再|待定|还没定"
    r"|(?i:\b(?:(?:don't|do not) know|not (?:sure|clear|decided)|no idea|(?:get|come) back to"
    r"|open question|to be (?:decided|determined)|tbd|remains? (?:open|unclear)|find out)\b)"
)


def questions(
    lines: Sequence[Line], bags: Sequence[frozenset[str]], weight: Sequence[float]
) -> tuple[tuple[AnsweredQuestion, ...], tuple[Line, ...]]:
    """(questions with their answers, open questions), the weightiest of each."""
    answered: dict[int, AnsweredQuestion] = {}
    still_open: list[int] = []
    for number, line in enumerate(lines):
        if len(bags[number]) < _TERMS or not is_question(line.text):
            continue
        answer = _answer(lines, bags, number)
        if not answer or _UNKNOWN.search(simplified(compatible(answer[0].text))):
            still_open.append(number)
        else:
            answered[number] = AnsweredQuestion(line, answer)
    value = [
        own + max((weight[line.number] for line in answered[number].answer), default=0.0)
        if number in answered
        else own
        for number, own in enumerate(weight)
    ]
    kept = _apart(heaviest(list(answered), value, _MOST), answered)
    return (
        tuple(answered[number] for number in kept),
        tuple(lines[number] for number in heaviest(still_open, weight, _MOST)),
    )


def _answer(lines: Sequence[Line], bags: Sequence[frozenset[str]], asked: int) -> tuple[Line, ...]:
    """The first lines of what somebody else says to a question; empty where nobody does."""
    asker = lines[asked].speaker
    if asker is None:
        return ()
    for first in range(asked + 1, min(len(lines), asked + 1 + _REACH)):
        if lines[first].speaker not in (asker, None) and not is_question(lines[first].text):
            given = _said_on(lines, first)
            if any(len(bags[line.number]) >= _TERMS for line in given):
                return given
    return ()


def _said_on(lines: Sequence[Line], first: int) -> tuple[Line, ...]:
    """The lines from one on that the same person says, before any question."""
    given = [lines[first]]
    for line in lines[first + 1 : first + _ANSWER]:
        if line.speaker != given[0].speaker or is_question(line.text):
            break
        given.append(line)
    return tuple(given)


def _apart(numbers: Sequence[int], answered: dict[int, AnsweredQuestion]) -> list[int]:
    """Of questions with the same answer, the last, which is what was answered."""
    by_answer = {answered[number].answer[0].number: number for number in numbers}
    return sorted(by_answer.values())
