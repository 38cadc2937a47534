"""Gaps as Markdown, which reads well on a terminal and in git, and the FAQ entry that each of them
wants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.formats.inert import unmentioned, visible
from cli.formats.markdown import escaped, fenced
from cli.language import counted, listed, translated

if TYPE_CHECKING:
    from retrieval.feedback.gaps import Gap, Gaps, NearPassage

_OPENS_ENTRY = re.compile(r"^(\\*## )", re.M)
_NO_ANSWER_YET = "<!-- Write the answer here. -->"
_ONE = {
    "question": "{count} question",
    "group": "{count} group",
    "day": "{count} day",
    "time": "{count} time",
}
_MANY = {
    "question": "{count} questions",
    "group": "{count} groups",
    "day": "{count} days",
    "time": "{count} times",
}
_SHOWN = 8
_LONGEST = 300


def markdown(gaps: Gaps) -> str:
    """The whole list."""
    return "\n".join(_lines(gaps))


def drafts(gaps: Gaps) -> str:
    """The drafts alone, as a file for `kb faq import`; without those that a newer FAQ entry
    answers.
    """
    from ingest.faq_file import drafts

    blank = translated(_NO_ANSWER_YET)
    return drafts(visible(draft(gap, blank)) for gap in gaps.gaps if not gap.entry)


def draft(gap: Gap, unwritten: str = _NO_ANSWER_YET) -> str:
    """A draft of a FAQ entry for `kb faq import`: the ways to ask the question, and passages near
    an answer.

    The answer is one that somebody proposed, else the comment `unwritten`, which an import ignores.
    """
    known = [("also", way.question) for way in gap.ways[1:_SHOWN]]
    known += [
        ("near", f"{near.hit.document.source} {near.hit.passage.anchor.label}")
        for near in gap.nearest
    ]
    lines = "".join(f"{name}: {_in_comment(value)}\n" for name, value in known)
    answer = _OPENS_ENTRY.sub(r"\\\1", gap.corrections[0].strip()) if gap.corrections else unwritten
    return f"## {_one_line(gap.question)}\n\n<!-- kb\n{lines}source: \n-->\n\n{answer}\n"


def _lines(gaps: Gaps) -> Iterator[str]:
    first, last, days = gaps.period.first, gaps.period.last, _times(gaps.period.days, "day")
    yield translated("# Gaps, {first} to {last}", first=first, last=last)
    yield ""
    questions, groups = _times(gaps.count, "question"), _times(gaps.groups, "group")
    summary = "{questions} not answered, or not well, in {groups}. In the {days} before: {before}."
    yield translated(summary, questions=questions, groups=groups, days=days, before=gaps.before)
    for number, gap in enumerate(gaps.gaps, start=1):
        yield ""
        yield f"## {number}. {_inert(gap.question)}"
        yield ""
        yield " · ".join(_facts(gap, days))
        yield from _wordings(gap)
        yield from _nearest(gap)
        yield ""
        yield translated("A draft for the FAQ:")
        yield ""
        yield from _in_fence(draft(gap, translated(_NO_ANSWER_YET)))
    if more := gaps.groups - len(gaps.gaps):
        yield ""
        yield translated("{more} more: `kb gaps -n {all}`", more=more, all=gaps.groups)


def _facts(gap: Gap, days: str) -> Iterator[str]:
    """What there is to count."""
    asked = _times(gap.count, "time")
    message = "asked {times}, {before} in the {days} before"
    yield translated(message, times=asked, before=gap.before, days=days)
    counts = {
        "refused": gap.refused,
        "voted down": gap.disliked,
        "decided to be a gap": gap.decided,
    }
    yield counted({name: count for name, count in counts.items() if count})
    yield listed(f"{lang} {count}" for lang, count in gap.langs.items())
    if gap.terminals > 1:
        yield translated("from {count} terminals", count=gap.terminals)
    yield translated("last on {day}", day=gap.last[:10])


def _wordings(gap: Gap) -> Iterator[str]:
    """The ways in which it was asked, where there are several."""
    if len(gap.ways) > 1:
        yield ""
        for way in gap.ways[:_SHOWN]:
            times = f" ({translated('{count} times', count=way.count)})" if way.count > 1 else ""
            yield f"- {_inert(way.question)}{times}"
    if (more := len(gap.ways) - _SHOWN) > 0:
        yield translated("- … and {more} other wordings", more=more)


def _nearest(gap: Gap) -> Iterator[str]:
    yield ""
    if gap.entry:
        entry = f"`faq/{gap.entry}`"
        yield translated("A FAQ entry asks this too, and is newer: {entry}.", entry=entry)
        yield ""
    if gap.answerable:
        confidence = f"{max(near.confidence for near in gap.nearest):.2f}"
        message = "The sources may answer this by now (confidence {confidence}): ask it again."
        yield translated(message, confidence=confidence)
        yield ""
    if not gap.nearest:
        yield translated("Nothing in the sources comes near.")
        return
    yield translated("Nearest in the sources:")
    yield ""
    yield from map(_near, gap.nearest)


def _near(near: NearPassage) -> str:
    document = near.hit.document
    label = near.hit.passage.anchor.label
    score = translated("(score {score})", score=f"{near.hit.score:.2f}")
    return f"- {fenced(_one_line(document.source))} {escaped(visible(label))} {score}"


def _in_fence(text: str) -> Iterator[str]:
    """Lines as code, whatever they hold."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}markdown"
    yield from visible(text).rstrip().split("\n")
    yield fence


def _inert(question: str) -> str:
    line = _one_line(question)
    return unmentioned(escaped(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"))


def _one_line(text: str) -> str:
    return " ".join(visible(text).split())


def _in_comment(text: str) -> str:
    """Text that does not end the comment that it stands in."""
    return _one_line(text).replace("--", "-&#x2d;")


def _times(count: int, name: str) -> str:
    """How many there are of one of the things in `_ONE`."""
    return translated(_ONE[name] if count == 1 else _MANY[name], count=f"{count:,}")
