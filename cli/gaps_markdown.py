"""Gaps as Markdown, which reads well on a terminal and in git, and the FAQ entry that each of them
wants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.formats.inert import unmentioned, visible
from cli.formats.markdown import escaped, fenced

if TYPE_CHECKING:
    from retrieval.feedback.gaps import Gap, Gaps, NearPassage

_OPENS_ENTRY = re.compile(r"^(\\*## )", re.M)
_NO_ANSWER_YET = "<!-- Write the answer here. -->"
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

    return drafts(visible(draft(gap)) for gap in gaps.gaps if not gap.entry)


def draft(gap: Gap) -> str:
    """A draft of a FAQ entry for `kb faq import`: the ways to ask the question, and passages near
    an answer.

    The answer is one that somebody proposed, else a comment, which an import ignores.
    """
    known = [("also", way.question) for way in gap.ways[1:_SHOWN]]
    known += [
        ("near", f"{near.hit.document.source} {near.hit.passage.anchor.label}")
        for near in gap.nearest
    ]
    lines = "".join(f"{name}: {_in_comment(value)}\n" for name, value in known)
    answer = (
        _OPENS_ENTRY.sub(r"\\\1", gap.corrections[0].strip()) if gap.corrections else _NO_ANSWER_YET
    )
    return f"## {_one_line(gap.question)}\n\n<!-- kb\n{lines}source: \n-->\n\n{answer}\n"


def _lines(gaps: Gaps) -> Iterator[str]:
    period = gaps.period
    yield f"# Gaps, {period.first} to {period.last}"
    yield ""
    questions, groups = _times(gaps.count, "question"), _times(gaps.groups, "group")
    yield f"{questions} not answered, or not well, in {groups}. {_before(gaps)}"
    for number, gap in enumerate(gaps.gaps, start=1):
        yield ""
        yield f"## {number}. {_inert(gap.question)}"
        yield ""
        yield " · ".join(_facts(gap, period.days))
        if len(gap.ways) > 1:
            yield ""
            for way in gap.ways[:_SHOWN]:
                yield f"- {_inert(way.question)}" + (
                    f" ({way.count} times)" if way.count > 1 else ""
                )
        if len(gap.ways) > _SHOWN:
            yield f"- … and {len(gap.ways) - _SHOWN} other wordings"
        yield from _nearest(gap)
        yield ""
        yield "A draft for the FAQ:"
        yield ""
        yield from _in_fence(draft(gap))
    if len(gaps.gaps) < gaps.groups:
        yield ""
        yield f"{gaps.groups - len(gaps.gaps)} more: `kb gaps -n {gaps.groups}`"


def _before(gaps: Gaps) -> str:
    return f"In the {_times(gaps.period.days, 'day')} before: {gaps.before}."


def _facts(gap: Gap, days: int) -> Iterator[str]:
    """What there is to count."""
    yield f"asked {_times(gap.count, 'time')}, {gap.before} in the {_times(days, 'day')} before"
    counts = {
        "refused": gap.refused,
        "voted down": gap.disliked,
        "decided to be a gap": gap.decided,
    }
    yield ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    yield ", ".join(f"{lang} {count}" for lang, count in gap.langs.items())
    if gap.terminals > 1:
        yield f"from {gap.terminals} terminals"
    yield f"last on {gap.last[:10]}"


def _nearest(gap: Gap) -> Iterator[str]:
    yield ""
    if gap.entry:
        yield f"A FAQ entry asks this too, and is newer: `faq/{gap.entry}`."
        yield ""
    if gap.answerable:
        confidence = max(near.confidence for near in gap.nearest)
        yield f"The sources may answer this by now (confidence {confidence:.2f}): ask it again."
        yield ""
    if not gap.nearest:
        yield "Nothing in the sources comes near."
        return
    yield "Nearest in the sources:"
    yield ""
    yield from map(_near, gap.nearest)


def _near(near: NearPassage) -> str:
    document = near.hit.document
    label = near.hit.passage.anchor.label
    return f"- {fenced(_one_line(document.source))} {escaped(visible(label))} (score {near.hit.score:.2f})"


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
    return f"{count:,} {name}" + ("" if count == 1 else "s")
