"""Whom and what a source bars.

Teams that aren't registered are not accepted, which says nothing against those that are. What is
forbidden must not be done, and may not be: the same in other words, of which one denies the deed
and another nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.text import terms
from retrieval.verifying.polarity import DENIES, polarity

_LACKING = r"(?:尚未|还?没有?|还未|未)"
_LACKING_EN = r"(?:(?:that|who|which) )?(?:(?:is|are|have|has) )?(?:not(?: yet)? |(?:is|are|have|has)n't (?:yet )?)"
_BARRING = re.compile(
    rf"(?:不(?:再|会)?(?:接受|允许|欢迎|受理|招收?|收|能|得|可以?|准)|谢绝|拒绝|禁止)(?:[^，。；！？,;]{{0,6}}?)"
    rf"{_LACKING}(?P<han>[^，。；！？,;]{{2,10}})的"
    rf"|\b(?:not|never|n't|cannot) (?:accept|admit|allow|take|welcome)\w* (?P<who>[a-z]+(?: [a-z]+)?) {_LACKING_EN}"
    r"(?P<english>[a-z]{4,})",
    re.I,
)
_DENIED = re.compile(
    r"不(?!仅|但|断|同)|无法|禁止|谢绝|拒绝|\b(?:not|never|cannot|no)\b|n't\b", re.I
)
_ADMITS = re.compile(
    r"接受|允许|欢迎|受理|招收|必须|须|需|要求|参加|参与|报名|申请|入选|加入|可以?|能|准|谢绝|拒绝|禁止"
    r"|\b(?:accept|admit|allow|take|welcome|must|join|apply|attend|enter|can|may|participate)",
    re.I,
)
_FORBIDS = re.compile(
    r"不(?:再|会)?(?:接受|接收|允许|准许?|许|得(?!不)|能(?!不)|可(?!不|能|靠|见|缺)以?)|禁止|严禁|谢绝|拒绝|不予"
    r"|\b(?:must|may|can) ?not\b|\b(?:mustn|can)'t\b|\b(?:not|never) (?:be )?(?:allow|permit|accept)\w*"
    r"|n't (?:be )?(?:allow|permit|accept)\w*|\b(?:forb[ia]d|prohibit|ban)(?:s|den|ned|ed)?\b",
    re.I,
)
_PERMITS = re.compile(
    r"可(?!能|靠|见)以?|(?<![功性智可技职才])能(?![力源量])|允许|准许|接受|接收|\b(?:can|may|allow(?:s|ed)?|permit(?:s|ted)?|accept(?:s|ed)?|welcome)\b",
    re.I,
)
_EXCEPTS = re.compile(
    r"\b(?:only|unless|until|except|without|before|after|during|if|when|where|but)\b|只|仅|才|除|未经|如|若|时|期间|之?[前后]",
    re.I,
)
_SENTENCE = re.compile(r"(?:[^.。！？!?;；\n]|\.(?=\S))+")
_MOSTLY = 0.6  # the share of words from which it is the same that is barred


@dataclass(frozen=True, slots=True)
class _Bar:
    """Who is barred for lacking what, in index words; `lacks` is what is lacked as a pattern."""

    about: frozenset[str]
    lacks: re.Pattern[str]


def admits(said: str, told: str) -> bool | None:
    """Whether a sentence admits and bars the same ones as a text that bars some; None where it
    speaks of neither.
    """
    for bar in _bars(told):
        found = bar.lacks.search(said)
        if found is None or len(bar.about & set(terms(said))) < 2:
            continue
        rest = said[: found.start()] + " " + said[found.end() :]
        if not _ADMITS.search(rest):
            continue
        return bool(found["lacking"]) is (len(_DENIED.findall(rest)) % 2 == 1)
    return _forbidden(said, told)


def _forbidden(said: str, told: str) -> bool | None:
    """Whether a sentence forbids what a text forbids too, or permits just that; None where it does
    neither.
    """
    own, forbids = _matter(said), _forbids(said)
    permits = forbids is False and _PERMITS.search(said) and not _EXCEPTS.search(said)
    if not own or not (forbids or permits):
        return None
    found = False
    for match in _SENTENCE.finditer(told):
        for clause in match[0].split(","):
            bars = _forbids(clause)
            if bars is None or not (bars or permits):
                continue
            matter = _matter(clause)
            if not bars and own <= matter:
                return None  # it permits that elsewhere
            if bars and len(own & matter) >= _MOSTLY * max(len(own), len(matter)):
                found |= bool(forbids or (own <= matter and not _EXCEPTS.search(match[0])))
    return forbids if found else None


def _forbids(text: str) -> bool | None:
    """Whether a text forbids something, once; None where that is not known."""
    rest, bars = _FORBIDS.subn(" ", text)
    return None if bars > 1 or polarity(rest).denials else bars == 1


def _matter(text: str) -> frozenset[str]:
    """The words for what is forbidden or permitted, and to whom."""
    return frozenset(terms(_PERMITS.sub(" ", _FORBIDS.sub(" ", text)))) - DENIES


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
