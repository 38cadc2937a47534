"""`kb digest`: what a recording, minutes or a chat come to."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from cli.context import (
    Day,
    catch_up,
    home_option,
    not_empty,
    notify,
    open_for_reading,
    terminal,
)
from cli.language import translated
from cli.named_sources import documents_below
from cli.render import out, out_json
from cli.viewing import audience_option
from kb.errors import OK, KbError, UsageError

if TYPE_CHECKING:
    from kb.knowledge import KnowledgeBase
    from kb.types import Document
    from retrieval.digest.parts import Digest

_FORMATS = ("markdown", "json", "mail", "chat")


@click.command()
@click.argument("source", required=False, callback=not_empty)
@click.option(
    "--since",
    type=Day(),
    metavar="DAY",
    help="Only what was said on that day or later: 2026-05-01, or 30d or 8w for so long ago. UTC.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(_FORMATS),
    default="markdown",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="As --format json.")
@click.option(
    "--faq",
    "proposes",
    is_flag=True,
    help="Also put its questions with their answers into the review queue.",
)
@audience_option
@home_option
def command(
    source: str | None, since: date | None, style: str, as_json: bool, proposes: bool
) -> int:
    """Sum up a recording, minutes or a chat in lines of its own.

    Chapters, what was decided and rejected, what is to be done by whom and when, questions with
    their answers and those still open, lines worth quoting, and who was there. Every line is one of
    the source and leads to its second, line or message; kb writes none itself.

    SOURCE is the name of one, or a folder or a pattern like 'minutes/2026-*'. With --since alone,
    all sources that tell their day.

    With --faq, reviewers decide with kb review whether a question with its answer becomes a FAQ
    entry; nothing is published before.
    """
    if source is None and since is None:
        raise UsageError("name a source, or give --since", "see: kb sources list")
    kb = open_for_reading()
    if proposes and kb.sight:
        kb.sight.check_uncovered()
    catch_up(kb)
    digests = _digests(kb, source, since)
    _show(digests, "json" if as_json else style)
    if proposes:
        _propose(kb, digests)
    return OK


def _show(digests: list[Digest], style: str) -> None:
    from cli import digest_text

    if style == "json":
        out_json([digest_text.digest_json(digest) for digest in digests])
    elif style == "mail":
        out(digest_text.mail(digests))
    else:
        write = digest_text.markdown if style == "markdown" else digest_text.chat
        out("\n\n".join(map(write, digests)))


def _digests(kb: KnowledgeBase, source: str | None, since: date | None) -> list[Digest]:
    from retrieval.digest.digest import digest
    from retrieval.digest.lines import since as said_since

    digests = []
    for document in _documents(kb, source):
        passages = kb.catalog.passages_of(document.id)
        if since is not None:
            passages = said_since(document, passages, since.isoformat())
        if passages:
            digests.append(digest(document, passages))
    if not digests:
        raise KbError(
            f"no source tells of anything since {since}" if since else "there is nothing in it",
            "a source tells its day by date in its front matter or sidecar",
        )
    return digests


def _documents(kb: KnowledgeBase, source: str | None) -> list[Document]:
    """The documents of that name, folder or pattern; without one, all but FAQs."""
    documents = [document for document in kb.catalog.documents() if document.kind != "faq"]
    if source is None:
        return documents
    called = kb.catalog.documents_called(source)
    below = [document for document in documents_below(kb, source) if document.kind != "faq"]
    if len(called) > 1:
        names = ", ".join(document.source for document in called[:5])
        raise KbError(f"{source} could be any of: {names}", "see: kb sources list")
    if not called and not below:
        raise KbError(f"no source is called {source}", "see: kb sources list")
    return called or below


def _propose(kb: KnowledgeBase, digests: list[Digest]) -> None:
    """Put the questions with their answers into the review queue, and tell how many."""
    from kb.journal import open_journal
    from retrieval.digest.faq_candidates import propose

    journal = open_journal(kb.home.journal, kb.settings, kb.sight)
    answered = [each for digest in digests for each in digest.answers]
    proposed = propose(kb, journal, answered, terminal())
    known = len(answered) - len(proposed)
    notify(translated("{count} wait for review: kb review", count=len(proposed)))
    if known:
        notify(translated("{count} were proposed before, or are FAQ entries", count=known))
