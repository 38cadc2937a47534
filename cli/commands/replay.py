"""`kb replay`: a past question answered again, and what changed since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from cli.context import catch_up, home_option, not_empty, open_for_reading, open_journal, terminal
from cli.language import translated
from cli.render import clip, out, out_fields, out_fitted, out_json, out_wrapped
from cli.viewing import audience_option
from kb.errors import OK
from kb.settings import WRITERS

if TYPE_CHECKING:
    from kb.types import Exchange
    from retrieval.feedback.replay import CitationChange, Replay, RetrievedPassage
    from retrieval.feedback.text_diff import Difference

_MARKS = {
    "same": " ",
    "renumbered": "~",
    "moved": "~",
    "changed": "~",
    "added": "+",
    "removed": "-",
}
_STATES = {
    "same": "the same text",
    "moved": "the same text, now {id}",
    "changed": "its text has changed, now {id}",
    "gone": "gone from its source",
    "unknown": "still there",
}
_LONGEST = 160

_OF_SOURCE = ("state", "source", "n", "n_now", "label", "label_now")
_OF_PASSAGE = (
    "passage", "source", "label", "text", "source_gone", "passage_now", "rank", "rank_now",
)  # fmt: skip


@click.command()
@click.argument("name", metavar="ID|last", callback=not_empty)
@click.option("--writer", type=click.Choice(WRITERS), help="Who writes the answer.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@audience_option
@home_option
def command(name: str, writer: str | None, as_json: bool) -> int:
    """Answer a past question again, and show what changed.

    The question is asked as it was: put anew by -c, with the same --where, --kind and -k. Its
    answer, sources and writer are compared with what was journalled, and each passage it was
    answered from with what it says now. Nothing is logged. Exits with 0 whether or not something
    changed; in the JSON "changed" tells.
    """
    from kb.backends import open_writer
    from retrieval.feedback.replay import replay

    journal = open_journal()
    exchange = journal.last(terminal()) if name == "last" else journal.exchange(name)
    kb = open_for_reading(writer=writer)
    catch_up(kb)
    replayed = replay(kb, open_writer(kb.settings, kb.notify), exchange)
    if as_json:
        out_json(_json(replayed))
    else:
        _tell(replayed)
    return OK


def _json(replayed: Replay) -> dict[str, Any]:
    before, after = replayed.before, replayed.after
    return {
        "id": before.id,
        "at": before.at,
        "question": before.question,
        "rewritten": before.payload.get("rewritten"),
        "asked": before.payload.get("asked"),
        "changed": replayed.changed,
        "changes": replayed.changes,
        "before": _side(before),
        "after": _side(after),
        "diff": [
            {
                "op": sentence.op,
                "text": sentence.text,
                "words": [{"op": op, "text": text} for op, text in sentence.words],
            }
            for sentence in replayed.answer
        ],
        "sources": [_named(source, _OF_SOURCE) for source in replayed.cited],
        "passages": [_named(passage, _OF_PASSAGE) for passage in replayed.passages],
        "found_now": list(replayed.found_now),
    }


def _named(value: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _side(exchange: Exchange) -> dict[str, Any]:
    shown = {
        name: getattr(exchange, name)
        for name in ("status", "confidence", "writer", "answer", "seconds")
    }
    return {**shown, "citations": exchange.payload.get("citations", [])}


def _tell(replayed: Replay) -> None:
    before, after, changes = replayed.before, replayed.after, replayed.changes
    outcome = translated("changed since" if replayed.changed else "the same as then")
    out(f"{before.id}  {before.at[:19]}  {outcome}")
    out(translated("Q: {question}", question=before.question))
    if asked_as := before.payload.get("rewritten"):
        out(f"   {translated('asked as: {question}', question=asked_as)}")
    compared = {
        "status": _then_now(translated(before.status), translated(after.status)),
        "confidence": _then_now(f"{before.confidence:.2f}", f"{after.confidence:.2f}"),
        "writer": _then_now(before.writer, after.writer),
    }
    out_fields(compared, 12)
    out()
    out(translated("answer: changed" if changes["answer"] else "answer: the same"))
    for difference in replayed.answer:
        out_wrapped(f"  {_MARKS[difference.op]} {_difference(difference)}")
    if replayed.cited:
        out()
        out(translated("sources cited:" if changes["sources"] else "sources cited: the same"))
        for cited in replayed.cited:
            out(f"  {_MARKS[cited.state]} {_cited(cited)}")
    out()
    _tell_passages(replayed)


def _tell_passages(replayed: Replay) -> None:
    """The passages that were found then, with what became of them, and those found only now."""
    out(translated("passages found then:"))
    for passage in replayed.passages:
        place = f"{passage.source}  {passage.label}  {passage.passage}"
        out_fitted(f"  {passage.rank}. {place}  {_passage_state(passage)}")
    if replayed.found_now:
        out(translated("found only now:"))
    for new_passage in replayed.found_now:
        out(f"  + {new_passage['source']}  {new_passage['label']}  {new_passage['passage']}")


def _then_now(then: str, now: str) -> str:
    return then if then == now else f"{then} → {now}"


def _difference(difference: Difference) -> str:
    if not difference.words:
        return difference.text
    around = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}
    return "".join(f"{around[op][0]}{text}{around[op][1]}" for op, text in difference.words)


def _cited(cited: CitationChange) -> str:
    if cited.state == "added":
        return f"[{cited.n_now}] {cited.source}  {cited.label_now}"
    line = f"[{cited.n}] {cited.source}  {cited.label}"
    if cited.state == "moved":
        return f"{line} → [{cited.n_now}] {cited.label_now}"
    renumbered = f" → [{cited.n_now}]" if cited.n_now not in (None, cited.n) else ""
    changed = f"  {translated('other words')}" if cited.state == "changed" else ""
    return line + renumbered + changed


def _passage_state(passage: RetrievedPassage) -> str:
    message = _STATES[passage.text]
    if passage.text == "gone" and passage.source_gone:
        message = "gone, with its source"
    state = clip(translated(message, id=passage.passage_now), _LONGEST)
    if passage.passage_now is None:
        return state
    if passage.rank_now is None:
        return translated("{state}; not found any more", state=state)
    if passage.rank_now == passage.rank:
        return state
    return translated("{state}; found as number {rank}", state=state, rank=passage.rank_now)
