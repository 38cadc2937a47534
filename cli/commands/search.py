"""`kb search`: find the passages that fit a question."""

from __future__ import annotations

import click

from cli.context import KIND, batch_lines, home_option, open_for_reading, where_option
from cli.render import hits_text, out_json
from kb.errors import FAILED, OK, KbError, UsageError
from kb.types import Kind


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
@home_option
def command(
    question: str | None,
    hits: int | None,
    where: list[tuple[str, str]],
    kind: Kind | None,
    as_json: bool,
    from_stdin: bool,
    jsonl: bool,
) -> int:
    """Find the passages that fit a question.

    With --stdin --jsonl: one question per line in, as text or {"id", "question", "where"}; one JSON
    object per line out.
    """
    if from_stdin != jsonl or (from_stdin and question is not None):
        raise UsageError(
            "--stdin and --jsonl go together, and without a question",
            "echo QUESTION | kb search --stdin --jsonl",
        )
    if question is None and not from_stdin:
        raise UsageError("there is no question", 'search like this: kb search "first users"')

    from retrieval.contract import results_json
    from retrieval.search.search import check_question, search

    text = check_question(question) if question is not None else ""
    knowledge_base = open_for_reading(hits=hits)
    limit = knowledge_base.settings.hits
    if not from_stdin:
        results = search(knowledge_base, text, limit=limit, where=where, kind=kind)
        if as_json:
            out_json(results_json(results))
        else:
            hits_text(results.hits)
            if not results.hits:
                click.echo("kb: nothing found", err=True)
        return OK
    code = OK
    for line in batch_lines():
        try:
            if line.error:
                raise UsageError(line.error)
            asked = check_question(line.question)
            results = search(
                knowledge_base, asked, limit=limit, where=[*where, *line.where], kind=kind
            )
            out_json(results_json(results, line.id))
        except KbError as error:
            out_json(
                {"id": line.id, "question": line.question[:200], "error": str(error), "hits": []}
            )
            code = FAILED
    return code
