"""`kb replay`: a past question answered again, and what changed since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from cli.context import catch_up, home_option, not_empty, open_for_reading, open_journal, terminal
from cli.render import clip, out, out_json, out_wrapped
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
_LONGEST = 160

_OF_SOURCE = ("state", "source", "n", "n_now", "label", "label_now")
_OF_PASSAGE = (
    "passage", "source", "label", "text", "source_gone", "passage_now", "rank", "rank_now",
)  # fmt: skip


@click.command()
@click.argument("name", metavar="ID|last", callback=not_empty)
@click.option("--writer", type=click.Choice(WRITERS), help="Who writes the answer.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
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
    out(
        f"{before.id}  {before.at[:19]}  {'changed since' if replayed.changed else 'the same as then'}"
    )
    out(f"Q: {before.question}")
    if asked_as := before.payload.get("rewritten"):
        out(f"   asked as: {asked_as}")
    out(f"status      {_then_now(before.status, after.status)}")
    out(f"confidence  {_then_now(f'{before.confidence:.2f}', f'{after.confidence:.2f}')}")
    out(f"writer      {_then_now(before.writer, after.writer)}")
    out()
    out("answer: changed" if changes["answer"] else "answer: the same")
    for difference in replayed.answer:
        out_wrapped(f"  {_MARKS[difference.op]} {_difference(difference)}")
    if replayed.cited:
        out()
        out("sources cited:" if changes["sources"] else "sources cited: the same")
        for cited in replayed.cited:
            out(f"  {_MARKS[cited.state]} {_cited(cited)}")
    out()
    out("passages found then:")
    for passage in replayed.passages:
        out(
            f"  {passage.rank}. {passage.source}  {passage.label}  {passage.passage}  {_passage_state(passage)}"
        )
    for rank, new_passage in enumerate(replayed.found_now, start=1):
        if rank == 1:
            out("found only now:")
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
    return line + renumbered + ("  other words" if cited.state == "changed" else "")


def _passage_state(passage: RetrievedPassage) -> str:
    texts = {
        "same": "the same text",
        "moved": f"the same text, now {passage.passage_now}",
        "changed": f"its text has changed, now {passage.passage_now}",
        "gone": "gone, with its source" if passage.source_gone else "gone from its source",
        "unknown": "still there",
    }
    state = clip(texts[passage.text], _LONGEST)
    if passage.passage_now is None:
        return state
    if passage.rank_now is None:
        return f"{state}; not found any more"
    return (
        state
        if passage.rank_now == passage.rank
        else f"{state}; found as number {passage.rank_now}"
    )
