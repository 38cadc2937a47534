"""Passages without what was forgotten: the turns of a speaker cut out, names masked, places kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from kb.anchors import Anchor, Place, Voice
from kb.erasure.edits import Edits, Span
from kb.erasure.rules import Rules
from kb.privacy.spans import FORGOTTEN
from kb.text import has_words, plain
from kb.types import Passage


def forgotten_turns(passage: Passage, rules: Rules) -> list[Span]:
    """The slices of a passage that a forgotten speaker says, or that were said in a forgotten time."""
    anchor, text = passage.anchor, passage.text
    turns = list(passage.voices)
    if not turns or turns[0].offset > 0:
        turns.insert(0, Voice(0, anchor.speaker, anchor.at))
    ends = [*(turn.offset for turn in turns[1:]), len(text)]
    return [
        (turn.offset, end)
        for turn, end in zip(turns, ends, strict=True)
        if end > turn.offset
        and (rules.is_speaker(turn.speaker) or rules.in_period(turn.at or anchor.at))
    ]


def rewritten(passage: Passage, rules: Rules, unsaid: str) -> Passage | None:
    """A passage without what was forgotten, under its old id; None where nothing is left of it.

    `unsaid` are the turns that were cut out of its document, `together`: what they asked is no
    context of an answer any more.
    """
    cuts = forgotten_turns(passage, rules)
    edits = Edits(passage.text, cuts, rules.spans(passage.text), FORGOTTEN)
    if cuts and not has_words(plain(edits.text)):
        return None
    places = [n for n, (at, *_) in enumerate(passage.places) if not edits.is_cut(at, at + 1)]
    voices = tuple(
        voice._replace(
            offset=edits.moved(voice.offset),
            speaker=voice.speaker and rules.masked(voice.speaker),
            url=voice.url and rules.masked(voice.url),
        )
        for voice in passage.voices
        if not edits.is_cut(voice.offset, voice.offset + 1)
    )
    moved = tuple(_moved(passage.places[n], edits) for n in places)
    return replace(
        passage,
        text=edits.text,
        headings=tuple(map(rules.masked, passage.headings)),
        anchor=_anchor(passage.anchor, rules, moved if cuts else (), voices),
        places=moved,
        meta=rules.masked_value(dict(passage.meta)),
        context=_context(passage.context, rules, unsaid),
        voices=voices,
        boxes=tuple(passage.boxes[n] for n in places) if passage.boxes else (),
    )


def _moved(place: Place, edits: Edits) -> Place:
    offset, start, end = place
    return edits.moved(offset), start, end


def _anchor(
    anchor: Anchor, rules: Rules, places: Sequence[Place], voices: Sequence[Voice]
) -> Anchor:
    """The anchor of what is left: of other speakers, and from the first of the `places` on."""
    speaker = anchor.speaker
    if rules.is_speaker(speaker):
        speaker = voices[0].speaker if len({voice.speaker for voice in voices}) == 1 else None
    start = places[0][1] if places else anchor.start
    return masked_anchor(replace(anchor, speaker=speaker, start=start), rules)


def masked_anchor(anchor: Anchor, rules: Rules) -> Anchor:
    """An anchor with a mask in place of each forgotten name in what it is called."""
    names: dict[str, Any] = {
        name: rules.masked(value)
        for name in ("speaker", "entry", "unit", "part")
        if (value := getattr(anchor, name))
    }
    return replace(anchor, **names)


def together(turns: Iterable[str]) -> str:
    """Turns as one text, in which what stands in one of them is looked for."""
    return "\0".join(turns)


def _context(context: str, rules: Rules, unsaid: str) -> str:
    """A context without the lines that were said by forgotten speakers."""
    lines = [line for line in context.split("\n") if not line.strip() or line.strip() not in unsaid]
    return rules.masked("\n".join(lines))
