"""`kb search`: find the passages that fit a question."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from cli.context import (
    KIND,
    batch_lines,
    catch_up,
    home_option,
    open_for_reading,
    tell_if_empty,
    verbose_option,
    where_option,
)
from cli.language import translated
from cli.render import hits_text, out_json
from cli.viewing import audience_option
from kb.errors import FAILED, OK, KbError, UsageError
from kb.types import Kind, Results

if TYPE_CHECKING:
    from kb.knowledge import KnowledgeBase


@dataclass(frozen=True, slots=True)
class _Options:
    """The options of one call."""

    hits: int | None
    where: list[tuple[str, str]]
    kind: Kind | None
    as_json: bool
    from_stdin: bool
    jsonl: bool


@click.command()
@click.argument("question", required=False)
@click.option("-k", "hits", type=click.IntRange(1, 1000), help="How many passages.")
@where_option
@click.option("--kind", type=KIND, help="Only passages of this kind.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--stdin", "from_stdin", is_flag=True, help="One question per line from standard input."
)
@click.option("--jsonl", is_flag=True, help="One JSON object per question, in order.")
@verbose_option
@audience_option
@home_option
def command(question: str | None, **options: Any) -> int:
    """Find the passages that fit a question.

    With --stdin --jsonl: one question per line in, as text or {"id", "question", "where"}; one JSON
    object per line out.
    """
    return _run(question, _Options(**options))


def _run(question: str | None, options: _Options) -> int:
    is_batch = options.from_stdin
    if is_batch != options.jsonl or (is_batch and question is not None):
        raise UsageError(
            "--stdin and --jsonl go together, and without a question",
            "echo QUESTION | kb search --stdin --jsonl",
        )
    if question is None and not is_batch:
        raise UsageError("there is no question", 'search like this: kb search "first users"')

    from retrieval.question.question import check_question

    text = check_question(question) if question is not None else ""
    kb = open_for_reading(hits=options.hits)
    catch_up(kb)
    tell_if_empty(kb)
    return _batch(kb, options) if is_batch else _one(kb, text, options)


def _one(kb: KnowledgeBase, text: str, options: _Options) -> int:
    from retrieval.contract import results_json

    results = _results(kb, text, options.where, options)
    if options.as_json:
        out_json(results_json(results))
        return OK
    hits_text(results.hits)
    if not results.hits:
        click.echo(f"kb: {translated('nothing found')}", err=True)
    return OK


def _results(
    kb: KnowledgeBase, text: str, where: list[tuple[str, str]], options: _Options
) -> Results:
    from retrieval.question.question import weigh
    from retrieval.search.search import search

    began = perf_counter()
    question = weigh(kb, text)
    limit = kb.settings.hits
    return search(kb, question, limit=limit, where=where, kind=options.kind, began=began)


def _batch(kb: KnowledgeBase, options: _Options) -> int:
    """Search line by line; gives FAILED where one of them could not be."""
    from retrieval.contract import results_json
    from retrieval.question.question import check_question

    code = OK
    for line in batch_lines():
        try:
            if line.error:
                raise UsageError(line.error)
            text, where = check_question(line.question), [*options.where, *line.where]
            results = _results(kb, text, where, options)
            out_json(results_json(results, line.id))
        except KbError as error:
            failure = {"id": line.id, "question": line.question[:200]}
            out_json({**failure, "error": str(error), "hits": []})
            code = FAILED
    return code
