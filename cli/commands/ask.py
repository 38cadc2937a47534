"""`kb ask`: answer a question, citing the sources."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from cli.context import (
    KIND,
    BatchLine,
    batch_lines,
    catch_up,
    gathered,
    home_option,
    notify,
    open_for_reading,
    piped_question,
    tell_if_empty,
    terminal,
    verbose_option,
    where_option,
)
from cli.formats import FORMATS, open_format
from cli.render import Paragraphs, out, out_json, out_link, out_wrapped
from cli.viewing import audience_option
from kb.errors import ABSTAINED, FAILED, HELD, OK, UNSUPPORTED, KbError, UsageError
from kb.settings import WRITERS
from kb.types import Answer, Kind

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.knowledge import KnowledgeBase
    from kb.writers import Writer
    from retrieval.answer.answer import OnText
    from retrieval.exchange import AnsweredExchange
    from retrieval.question.conversation import FollowUp


@dataclass(frozen=True, slots=True)
class _Options:
    """The options of one call. `style`: the format; `go_on`: it continues the conversation."""

    hits: int | None
    where: list[tuple[str, str]]
    kind: Kind | None
    style: str | None
    writer: str | None
    strict: bool
    go_on: bool
    no_log: bool
    channel: str
    asker: str
    from_stdin: bool
    jsonl: bool


@dataclass(frozen=True, slots=True)
class _Asking:
    """What questions are asked of, and how. Without a journal they are not logged."""

    kb: KnowledgeBase
    writer: Writer
    journal: Journal | None
    options: _Options

    def ask(self, text: str, follows: FollowUp | None, on_text: OnText) -> AnsweredExchange:
        """Answer one question; `on_text` gets the draft as it is written."""
        from retrieval.ask import ask

        return ask(
            self.kb, self.writer, text, limit=self.kb.settings.hits, where=self.options.where,
            kind=self.options.kind, terminal=terminal(), journal=self.journal, on_text=on_text,
            follow_up=follows, channel=self.options.channel, asker=self.options.asker,
        )  # fmt: skip

    def ask_all(self, lines: Sequence[BatchLine]) -> Iterator[AnsweredExchange | KbError]:
        """Answer the questions of a batch, in their order."""
        from retrieval.batch import ask_all

        questions = [(line.question, [*self.options.where, *line.where]) for line in lines]
        return ask_all(
            self.kb, self.writer, questions, limit=self.kb.settings.hits, kind=self.options.kind,
            terminal=terminal(), journal=self.journal, channel=self.options.channel,
            asker=self.options.asker,
        )  # fmt: skip


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
    "--channel", metavar="NAME", default="", help="Where it is asked, for the community's rules."
)
@click.option("--asker", metavar="NAME", default="", help="Who asks there.")
@click.option(
    "--stdin", "from_stdin", is_flag=True, help="One question per line from standard input."
)
@click.option("--jsonl", is_flag=True, help="One JSON object per question, in order.")
@verbose_option
@audience_option
@home_option
def command(question: str | None, **options: Any) -> int:
    """Answer a question, citing the sources.

    The question is the argument, or standard input when it is - or missing. Exits with 3 when the
    sources do not answer, and with 5 when the answer waits for a person. Answers in a chat's format
    that are too long for one message come as several, parted by a blank line; each begins with a
    line like (1/3). With --stdin --jsonl: one question per line in, one JSON object per line out,
    with another --format than json also the answer's "messages", ready to send.
    """
    return _run(question, _Options(**options))


def _run(question: str | None, options: _Options) -> int:
    _check(question, options)

    from kb.backends import open_writer
    from retrieval.question.question import check_question

    text = "" if options.from_stdin else check_question(piped_question(question))
    kb = open_for_reading(channel=options.channel, hits=options.hits, writer=options.writer)
    catch_up(kb)
    tell_if_empty(kb)
    writer = open_writer(kb.settings, kb.notify)
    asking = _Asking(kb, writer, None if options.no_log else _journal(kb), options)
    return _batch(asking) if options.from_stdin else _answer(asking, text)


def _check(question: str | None, options: _Options) -> None:
    """Raise UsageError for options that don't go together."""
    is_batch = options.from_stdin
    if is_batch != options.jsonl or (
        is_batch and (question is not None or options.style == "text")
    ):
        raise UsageError(
            "--stdin and --jsonl go together, without a question and --format text",
            "echo QUESTION | kb ask --stdin --jsonl",
        )
    if is_batch and options.go_on:
        raise UsageError(
            "-c goes on with one conversation, --stdin asks many questions", "take one of them"
        )


def _answer(asking: _Asking, text: str) -> int:
    """Answer one question in the wanted format; gives the exit code."""
    from retrieval.contract import asked_json
    from retrieval.question.courtesy import courtesy

    style = asking.options.style or ("text" if sys.stdout.isatty() else "markdown")
    goes_on = asking.options.go_on and not courtesy(text)
    follows = _follow_up_to_last(asking.kb, asking.writer, text) if goes_on else None
    if style != "json" and follows and follows.rewritten:
        notify(f"asked as: {follows.rewritten}")
    answer = partial(asking.ask, text, follows)
    if style == "json":
        exchange = answer(lambda _: None)
        out_json(asked_json(exchange))
    elif open_format(style).limit is None:
        exchange = _streamed(style, answer)
    else:
        exchange = answer(lambda _: None)
        out("\n\n".join(_messages(exchange.answer, style)))
    return _code(exchange.answer, asking.options.strict)


def _streamed(style: str, answer: Callable[[OnText], AnsweredExchange]) -> AnsweredExchange:
    """Show an answer while it is written, then its sources; gives it."""
    from cli.formats.notes import under
    from cli.formats.platform import Stream

    platform, paragraph = open_format(style), Paragraphs()
    stream = Stream(platform, paragraph.write, styled=style == "text")
    exchange = answer(lambda streamed: stream.write(streamed.text))
    if exchange.answer.status in ("abstained", "held"):
        stream.write(exchange.answer.text)
    stream.end()
    paragraph.end()
    for block in under(exchange.answer):
        link = block.spans[-1].url if style in ("text", "plain") and block.spans else ""
        shown = replace(block, spans=block.spans[:-1]) if link else block
        for line in platform.block(shown).split("\n"):
            out_wrapped(line, "bold" if style == "text" and block.kind == "label" else "")
        if link:
            out_link(link, "    ")
    return exchange


def _messages(answer: Answer, style: str) -> list[str]:
    """The answer with its sources, as that platform takes it."""
    from cli.formats.messages import messages
    from cli.formats.notes import whole

    return messages(whole(answer), open_format(style))


def _journal(kb: KnowledgeBase) -> Journal | None:
    """The journal; without one that can be opened, the question is answered all the same."""
    if kb.home.journal.exists():
        return kb.journal  # None, and told of, where it is damaged
    from kb.journal import open_journal

    try:
        return open_journal(kb.home.journal, kb.settings, kb.sight)
    except KbError as error:
        kb.notify(f"this question could not be logged: {error}")
        return None


def _follow_up_to_last(kb: KnowledgeBase, writer: Writer, text: str) -> FollowUp | None:
    """The question as a follow-up to the last one in this terminal; None, and a notice, when there
    is none.
    """
    from retrieval.question.conversation import follow_up

    try:
        last = kb.journal.newest(terminal()) if kb.journal else None
    except KbError as error:
        kb.notify(f"the conversation can't be read, so this is asked as it stands: {error}")
        return None
    if last is None:
        kb.notify("nothing was asked in this terminal yet, so this is asked as it stands")
        return None
    return follow_up(text, last, writer)


def _code(answer: Answer, strict: bool) -> int:
    if answer.error:
        return FAILED
    if answer.status == "abstained":
        return ABSTAINED
    if answer.status == "held":
        return HELD
    return UNSUPPORTED if strict and answer.status == "unsupported" else OK


def _batch(asking: _Asking) -> int:
    """Answer line by line; gives the worst that happened: FAILED, else UNSUPPORTED where that
    matters, else OK.
    """
    from kb.writers import WritesTogether
    from retrieval.contract import asked_json

    writer, style = asking.writer, asking.options.style
    code = OK
    for lines in gathered(
        batch_lines(), writer.together if isinstance(writer, WritesTogether) else 1
    ):
        good = asking.ask_all([line for line in lines if not line.error])
        for line in lines:
            outcome = UsageError(line.error) if line.error else next(good)
            if isinstance(outcome, KbError):
                failure = {
                    "question": line.question[:200],
                    "status": "error",
                    "error": str(outcome),
                }
                out_json({"line_id": line.id, **failure})
                code = FAILED
            else:
                ready = (
                    {}
                    if style in (None, "json")
                    else {"messages": _messages(outcome.answer, style)}
                )
                out_json({**asked_json(outcome), **ready, "line_id": line.id})
                line_code = _code(outcome.answer, asking.options.strict)
                code = (
                    line_code
                    if line_code == FAILED or (line_code == UNSUPPORTED and code == OK)
                    else code
                )
    return code
