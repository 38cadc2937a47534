"""`kb ask`: answer a question, citing the sources."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from cli.context import (
    KIND,
    BatchLine,
    batch_lines,
    gathered,
    home_option,
    notify,
    open_for_reading,
    piped_question,
    terminal,
    where_option,
)
from cli.formats import FORMATS, open_format
from cli.render import Paragraphs, out, out_json, out_link, out_wrapped
from kb.errors import ABSTAINED, FAILED, OK, UNSUPPORTED, KbError, UsageError
from kb.settings import WRITERS
from kb.types import Answer, Kind

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.knowledge import KnowledgeBase
    from kb.writers import Writer
    from retrieval.ask import Asked
    from retrieval.question.conversation import Continued

_KEPT = ("retrieved", "search_seconds", "topic", "asked")  # what only the journal keeps


@click.command()
@click.argument("question", required=False, metavar="QUESTION|-")
@click.option("-k", "hits", type=click.IntRange(1, 100), help="How many passages to answer from.")
@where_option
@click.option("--kind", type=KIND, help="Only from sources of this kind.")
@click.option(
    "--format",
    "style",
    type=click.Choice(FORMATS),
    help="Default: text on a terminal, markdown in a pipe.",
)
@click.option("--writer", type=click.Choice(WRITERS), help="Who writes the answer.")
@click.option("--strict", is_flag=True, help="Exit with 4 when a sentence lacks support.")
@click.option("-c", "go_on", is_flag=True, help="Continue the last conversation in this terminal.")
@click.option("--no-log", is_flag=True, help="Keep no record of this question.")
@click.option(
    "--stdin", "from_stdin", is_flag=True, help="One question per line from standard input."
)
@click.option("--jsonl", is_flag=True, help="One JSON object per question, in order.")
@home_option
def command(
    question: str | None,
    hits: int | None,
    where: list[tuple[str, str]],
    kind: Kind | None,
    style: str | None,
    writer: str | None,
    strict: bool,
    go_on: bool,
    no_log: bool,
    from_stdin: bool,
    jsonl: bool,
) -> int:
    """Answer a question, citing the sources.

    The question is the argument, or standard input when it is - or missing. Exits with 3 when the
    sources do not answer. Answers for slack, discord and wechat that are too long for one message
    come as several, parted by a blank line; each begins with a line like (1/3). With --stdin
    --jsonl: one question per line in, one JSON object per line out, with another --format than json
    also the answer's "messages", ready to send.
    """
    if from_stdin != jsonl or (from_stdin and (question is not None or style == "text")):
        raise UsageError(
            "--stdin and --jsonl go together, without a question and --format text",
            "echo QUESTION | kb ask --stdin --jsonl",
        )
    if from_stdin and go_on:
        raise UsageError(
            "-c goes on with one conversation, --stdin asks many questions", "take one of them"
        )

    from kb.writers import open_writer
    from retrieval.ask import ask, ask_all
    from retrieval.search.search import check_question

    text = "" if from_stdin else check_question(piped_question(question))
    kb = open_for_reading(hits=hits, writer=writer)
    who = open_writer(kb.settings, kb.notify)
    journal = None if no_log else _journal(kb)
    if from_stdin:
        return _batch(
            who,
            lambda lines: ask_all(
                kb, who, [(line.question, [*where, *line.where]) for line in lines],
                limit=kb.settings.hits, kind=kind, terminal=terminal(), journal=journal,
            ),
            style, strict=strict,
        )  # fmt: skip
    follows = _continued(kb, who, text) if go_on else None

    def answer(on_text: Callable[[str], None]) -> Asked:
        return ask(
            kb, who, text, limit=kb.settings.hits, where=where, kind=kind, terminal=terminal(), journal=journal,
            on_text=on_text, continued=follows,
        )  # fmt: skip

    style = style or ("text" if sys.stdout.isatty() else "markdown")
    if style != "json" and follows and follows.rewritten:
        notify(f"asked as: {follows.rewritten}")
    if style == "json":
        asked = answer(lambda _: None)
        out_json(_shown(asked))
    elif open_format(style).limit is None:
        asked = _streamed(style, answer)
    else:
        asked = answer(lambda _: None)
        out("\n\n".join(_messages(asked.answer, style)))
    return _code(asked.answer, strict)


def _streamed(style: str, answer: Callable[[Callable[[str], None]], Asked]) -> Asked:
    """Show an answer while it is written, then its sources; gives it."""
    from cli.formats.notes import under
    from cli.formats.text import Stream

    platform, paragraph = open_format(style), Paragraphs()
    stream = Stream(platform, paragraph.write, styled=style == "text")
    asked = answer(stream.write)
    if asked.answer.status == "abstained":
        stream.write(asked.answer.text)
    stream.end()
    paragraph.end()
    for block in under(asked.answer):
        link = block.spans[-1].url if style in ("text", "plain") and block.spans else ""
        shown = replace(block, spans=block.spans[:-1]) if link else block
        for line in platform.block(shown).split("\n"):
            out_wrapped(line, "bold" if style == "text" and block.kind == "label" else "")
        if link:
            out_link(link, "    ")
    return asked


def _messages(answer: Answer, style: str) -> list[str]:
    """The answer with its sources, as that platform takes it."""
    from cli.formats.notes import whole
    from cli.formats.platform import messages

    return messages(whole(answer), open_format(style))


def _journal(kb: KnowledgeBase) -> Journal | None:
    """The journal; without one that can be opened, the question is answered all the same."""
    if kb.home.journal.exists():
        return kb.journal  # None, and told of, where it is damaged
    from kb.journal import Journal

    try:
        return Journal(kb.home.journal)
    except KbError as error:
        kb.notify(f"this question could not be logged: {error}")
        return None


def _continued(kb: KnowledgeBase, writer: Writer, text: str) -> Continued | None:
    """The question as a follow-up to the last one in this terminal; None, and a notice, when there
    is none.
    """
    from retrieval.question.conversation import continued

    try:
        last = kb.journal.newest(terminal()) if kb.journal else None
    except KbError as error:
        kb.notify(f"the conversation can't be read, so this is asked as it stands: {error}")
        return None
    if last is None:
        kb.notify("nothing was asked in this terminal yet, so this is asked as it stands")
        return None
    return continued(text, last, writer)


def _shown(asked: Asked) -> dict[str, object]:
    """The JSON of the contract, without what only the journal keeps."""
    return {key: value for key, value in asked.exchange.payload.items() if key not in _KEPT}


def _code(answer: Answer, strict: bool) -> int:
    if answer.error:
        return FAILED
    if answer.status == "abstained":
        return ABSTAINED
    return UNSUPPORTED if strict and answer.status == "unsupported" else OK


def _batch(
    writer: Writer,
    answers: Callable[[Sequence[BatchLine]], Iterator[Asked | KbError]],
    style: str | None,
    *,
    strict: bool,
) -> int:
    """Answer line by line; gives the worst that happened: FAILED, else UNSUPPORTED where that
    matters, else OK.
    """
    from kb.writers import WritesTogether

    code = OK
    for lines in gathered(
        batch_lines(), writer.together if isinstance(writer, WritesTogether) else 1
    ):
        good = answers([line for line in lines if not line.error])
        for line in lines:
            outcome = UsageError(line.error) if line.error else next(good)
            if isinstance(outcome, KbError):
                told = {"question": line.question[:200], "status": "error", "error": str(outcome)}
                out_json({"line_id": line.id, **told})
                code = FAILED
            else:
                ready = (
                    {}
                    if style in (None, "json")
                    else {"messages": _messages(outcome.answer, style)}
                )
                out_json({**_shown(outcome), **ready, "line_id": line.id})
                one = _code(outcome.answer, strict)
                code = one if one == FAILED or (one == UNSUPPORTED and code == OK) else code
    return code
