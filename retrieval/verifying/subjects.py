"""Whose figure it is: the clause of a source that has the subject of a claim may tell another one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.text import terms, words
from retrieval.verifying.figures import Figures, figures

_CLAUSE = re.compile(r"(?:[^,;，；、。！？!?.\n]|[.,](?=\d))+")
_LIGHT = frozenset(
    word
    for text in ("pay cost fee price charge take last year month week day quarter annual per each every",
                 "支付 需要 收费 费用 每 每年 每月 每天 每周 年 月 交 付")
    for word in words(text)
)  # fmt: skip


def swapped(said: str, told: str) -> list[str]:
    """The figures of a text that a source tells of something else."""
    known: list[tuple[Figures, frozenset[str]]] | None = None
    found = []
    for claimed, own in _clauses(said):
        if len(claimed.written()) != 1 or len(claimed.numbers) != 1 or not own:
            continue
        number = claimed.numbers[0]
        if number.unit is None or not number.is_plain:
            continue
        known = known if known is not None else list(_clauses(told))
        best = [each for each in known if own <= each[1]]
        holders = [words for each, words in known if not each.lacking(claimed)]
        others = [
            [n for n in each.numbers if n.unit and n.unit.dimension == number.unit.dimension and n.is_plain]
            for each, _ in best
        ]
        if best and holders and all(others) and not any(own & words for words in holders):
            found.append(number.text)
    return found


def _clauses(text: str) -> Iterator[tuple[Figures, frozenset[str]]]:
    for match in _CLAUSE.finditer(text):
        clause = figures(match[0])
        counted = {word for written in clause.written() for word in words(written)} | _LIGHT
        yield clause, frozenset(word for word in terms(match[0]) if word not in counted and not word[0].isdigit())
