"""Whom a source bars: teams that aren't registered are not accepted, which says nothing against those that are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.text import terms

_LACKING = r"(?:尚未|还?没有?|还未|未)"
_LACKING_EN = r"(?:(?:that|who|which) )?(?:(?:is|are|have|has) )?(?:not(?: yet)? |(?:is|are|have|has)n't (?:yet )?)"
_BARRING = re.compile(
    rf"(?:不(?:再|会)?(?:接受|允许|欢迎|受理|招收?|收|能|得|可以?|准)|谢绝|拒绝|禁止)(?:[^，。；！？,;]{{0,6}}?)"
    rf"{_LACKING}(?P<han>[^，。；！？,;]{{2,10}})的"
    rf"|\b(?:not|never|n't|cannot) (?:accept|admit|allow|take|welcome)\w* (?P<who>[a-z]+(?: [a-z]+)?) {_LACKING_EN}"
    r"(?P<english>[a-z]{4,})",
    re.I,
)
_DENIED = re.compile(r"不(?!仅|但|断|同)|无法|禁止|谢绝|拒绝|\b(?:not|never|cannot|no)\b|n't\b", re.I)
_ADMITS = re.compile(
    r"接受|允许|欢迎|受理|招收|必须|须|需|要求|参加|参与|报名|申请|入选|加入|可以?|能|准|谢绝|拒绝|禁止"
    r"|\b(?:accept|admit|allow|take|welcome|must|join|apply|attend|enter|can|may|participate)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Bar:
    """Who is barred for lacking what, in index words; `lacks` is what is lacked as a pattern."""

    about: frozenset[str]
    lacks: re.Pattern[str]


def admits(said: str, told: str) -> bool | None:
    """Whether a sentence admits and bars the same ones as a text that bars some; None where it speaks of neither."""
    for bar in _bars(told):
        found = bar.lacks.search(said)
        if found is None or len(bar.about & set(terms(said))) < 2:
            continue
        rest = said[: found.start()] + " " + said[found.end() :]
        if not _ADMITS.search(rest):
            continue
        return bool(found["lacking"]) is (len(_DENIED.findall(rest)) % 2 == 1)
    return None


def _bars(told: str) -> Iterator[_Bar]:
    for match in _BARRING.finditer(told):
        if match["han"]:
            clause = told[match.start("han") :]
            clause = clause[: re.search(r"[，。；！？,;]|\Z", clause).start()]  # type: ignore[union-attr]
            stem = re.escape(match["han"][:2])
            lacks = rf"(?P<lacking>{_LACKING})?(?:已经?)?{stem}"
        else:
            clause = f"{match['who']} {match['english']}"
            stem = re.escape(match["english"][:-1])
            lacks = rf"(?P<lacking>\bun(?={stem})|\b(?:not|n't|never)(?: yet)? (?:been )?|n't (?:yet )?)?{stem}"
        yield _Bar(frozenset(terms(clause)), re.compile(lacks, re.I))
