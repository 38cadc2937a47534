"""The draft of a letter as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.formats.inert import unmentioned, visible
from cli.formats.markdown import escaped, fenced
from cli.language import translated
from cli.render import clip

if TYPE_CHECKING:
    from retrieval.recommend.letter import CitedLine, CitedPlace, Letter

_QUOTED = 240  # characters


def markdown(letter: Letter) -> str:
    """The whole letter. A part without anything to tell is left out."""
    return "\n".join(_lines(letter))


def _lines(letter: Letter) -> Iterator[str]:
    yield translated("# What is new, {first} to {last}", first=letter.first, last=letter.last)
    yield ""
    yield f"<!-- {translated('A draft. Read it, change it, and send it yourself.')} -->"
    parts = {
        translated("New to read or watch"): letter.sources,
        translated("New in the FAQ"): letter.entries,
        translated("Answers that helped"): letter.answers,
    }
    for heading, lines in parts.items():
        if lines:
            yield ""
            yield f"## {heading}"
            yield ""
            yield from map(_line, lines)
        if lines and lines is letter.sources and letter.more:
            yield f"- {translated('and {more} more: `kb sources list`', more=letter.more)}"
    if not any(parts.values()):
        yield ""
        yield translated("Nothing came in.")


def _line(line: CitedLine) -> str:
    places = "; ".join(_place(place) for place in line.citations)
    return f"- **{_inert(line.title)}** “{_inert(line.text)}” ({places})"


def _place(place: CitedPlace) -> str:
    named = fenced(clip(visible(place.source), 120))
    label = f" {escaped(visible(place.label))}" if place.label else ""
    return named + label + (f" {fenced(place.passage)}" if place.passage else "")


def _inert(text: str) -> str:
    """Text on one line that means nothing in Markdown and calls nobody."""
    return unmentioned(escaped(clip(visible(text), _QUOTED)))
