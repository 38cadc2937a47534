"""`kb recommend`: what to read or watch next, and the draft of a weekly letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from cli.context import (
    Day,
    catch_up,
    home_option,
    not_empty,
    open_for_reading,
    tell_if_empty,
    terminal,
)
from cli.language import listed, translated
from cli.render import clip, out, out_json, out_wrapped
from cli.viewing import audience_option
from kb.errors import ABSTAINED, OK, KbError, UsageError

if TYPE_CHECKING:
    from kb.knowledge import KnowledgeBase
    from retrieval.recommend.reasons import Reason
    from retrieval.recommend.recommend import Recommendation

_USUAL = 5
_WEEK = 7  # days of a letter
_QUOTED = 200  # characters


@dataclass(frozen=True, slots=True)
class _Wish:
    """What to recommend by: one of these."""

    question: str | None
    source: str | None
    mine: bool
    letter: bool

    def __post_init__(self) -> None:
        given = [self.question is not None, self.source is not None, self.mine, self.letter]
        if sum(given) != 1:
            raise UsageError(
                "give a question, --source, --mine or --letter, and only one of them",
                'like this: kb recommend "how do I price a first product?"',
            )


@click.command()
@click.argument("question", required=False, callback=not_empty)
@click.option(
    "--source",
    "--document",
    "source",
    metavar="SOURCE",
    callback=not_empty,
    help="What to read after this source.",
)
@click.option("--mine", is_flag=True, help="What to read after all that this terminal asked.")
@click.option("--letter", is_flag=True, help="A draft of a letter about what is new and useful.")
@click.option(
    "--since",
    type=Day(),
    metavar="DAY",
    help="With --letter, the first day: 2026-05-01, or 7d or 2w for so long ago. UTC.",
)
@click.option(
    "-n",
    "most",
    type=click.IntRange(1, 50),
    default=_USUAL,
    show_default=True,
    help="How many sources at most; with --letter, of each kind.",
)
@click.option(
    "--seen", multiple=True, metavar="SOURCE", help="A source that was read already; repeatable."
)
@click.option("--again", is_flag=True, help="Also what was cited in this terminal before.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@audience_option
@home_option
def command(
    question: str | None, source: str | None, mine: bool, letter: bool, since: date | None,
    most: int, seen: tuple[str, ...], again: bool, as_json: bool,
) -> int:  # fmt: skip
    """Tell what to read or watch next, and why.

    For a QUESTION, for a --source, or for what was asked in this terminal (--mine): sources about
    the same that differ from each other, in any language, without what an answer in this terminal
    cited already. What others asked is never looked at.

    With --letter, a draft in Markdown of what came in --since 7d: sources that are new or changed,
    FAQ entries, answers that were voted up; each with where it stands. It shows what everybody may
    know, unless --audience is given, and publishes nothing.
    """
    wish = _Wish(question, source, mine, letter)
    if since is not None and not letter:
        raise UsageError("--since is for --letter", "see: kb recommend --help")
    if letter:
        return _letter(since, most, as_json)
    kb = open_for_reading()
    catch_up(kb)
    tell_if_empty(kb)
    return _show(_recommended(kb, wish, most, seen, again), wish, as_json)


def _recommended(
    kb: KnowledgeBase, wish: _Wish, most: int, seen: tuple[str, ...], again: bool
) -> tuple[Recommendation, ...]:
    from retrieval.question.question import check_question
    from retrieval.recommend.recommend import HISTORY, cited, for_question, for_reader

    read = [document for name in seen for document in _documents(kb, name)]
    mine = cited(kb.journal.asked_in(terminal(), HISTORY)) if kb.journal else ()
    known = [*read, *(() if again else mine)]
    if wish.question is not None:
        return for_question(kb, check_question(wish.question), most, known)
    if wish.source is not None:
        return for_reader(kb, _documents(kb, wish.source), most, known)
    if not mine:
        raise KbError(
            "no answer in this terminal has cited a source yet", 'ask first: kb ask "..."'
        )
    return for_reader(kb, mine, most, read)


def _documents(kb: KnowledgeBase, name: str) -> list[str]:
    """The ids of the documents of that name, or in that archive. Raises KbError."""
    documents = kb.catalog.documents_called(name) or kb.catalog.documents_within(name)
    if not documents:
        raise KbError(f"no source is called {name}", "see: kb sources list")
    return [document.id for document in documents]


def _show(recommendations: tuple[Recommendation, ...], wish: _Wish, as_json: bool) -> int:
    if as_json:
        from retrieval.recommend.recommend_json import recommendation_json

        shown = [recommendation_json(each) for each in recommendations]
        of = {"question": wish.question, "source": wish.source, "mine": wish.mine}
        out_json({**of, "recommendations": shown})
    for recommendation in () if as_json else recommendations:
        _show_one(recommendation)
    if not recommendations and not as_json:
        click.echo(f"kb: {translated('there is nothing unread that fits')}", err=True)
    return OK if recommendations else ABSTAINED


def _show_one(recommendation: Recommendation) -> None:
    document, reason = recommendation.document, recommendation.reason
    out(f"{recommendation.rank}. {clip(document.title, 120)}")
    out(f"   {document.source}  {reason.passage.anchor.label}  {reason.passage.id}")
    out_wrapped(f"   {why(reason)}")
    out_wrapped(f"   “{clip(reason.quote, _QUOTED)}”")
    if recommendation.versions:
        out(translated("   in other languages: {twins}", twins=listed(recommendation.versions)))
    out()


def why(reason: Reason) -> str:
    """A reason as one phrase."""
    shown: dict[str, Any] = {"words": listed(reason.words), "section": clip(reason.section, 80)}
    if reason.like is None:
        message = "speaks of: {words}" if reason.words else "its section comes near: {section}"
        return translated(message, **shown)
    document, passage = reason.like
    shown |= {"source": document.source, "label": passage.anchor.label}
    message = "its section comes near {source} {label}: {section}"
    if reason.words:
        message = "speaks, as {source} {label} does, of: {words}"
    return translated(message, **shown)


def _letter(since: date | None, most: int, as_json: bool) -> int:
    from retrieval.feedback.gaps import today
    from retrieval.recommend.letter import write_letter

    last = today()
    first = since or last - timedelta(days=_WEEK)
    letter = write_letter(_for_everybody(), first, last, most)
    if as_json:
        from retrieval.recommend.recommend_json import letter_json

        out_json(letter_json(letter))
    else:
        from cli.letter_markdown import markdown

        out(markdown(letter))
    return OK


def _for_everybody() -> KnowledgeBase:
    """The knowledge base as the audiences of the call see it, else as the home's default audience
    does: a letter goes to people who may know less than the owner.
    """
    from kb.audience import Viewer
    from kb.visibility import narrowed

    kb = open_for_reading()
    catch_up(kb)
    return narrowed(kb, Viewer(())) if kb.sight is None else kb
