"""`kb review`: held answers and feedback in one queue, on a terminal and for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.context import (
    catch_up,
    check_terminal,
    home_option,
    not_empty,
    open_for_reading,
    open_journal,
    reviewer,
)
from cli.language import labelled, translated
from cli.render import clip, out, out_json, table
from cli.viewing import audience_option
from kb.errors import OK, KbError, UsageError

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.journal.held_answers import Hold
    from kb.knowledge import KnowledgeBase

_name = click.argument("name", metavar="ID", callback=not_empty)
_by = click.option("--by", metavar="NAME", help="Who decides.  [default: $USER]")
_faq = click.option("--faq", is_flag=True, help="Make the answer an entry of the FAQ, too.")


@click.group(invoke_without_command=True)
@_by
@click.option(
    "--all", "everything", is_flag=True, help="Also answers that nobody complained about."
)
@home_option
@click.pass_context
def command(context: click.Context, by: str | None, everything: bool) -> int:
    """Decide about held answers and about feedback, in one queue.

    Held answers come first, the oldest before the others: each with its sources and what was
    decided when the like was asked. Then comes what `kb feedback review` shows. Every decision is
    kept at once: quit when you like. Several people can review at the same time.
    """
    if context.invoked_subcommand is not None:
        return OK
    check_terminal("in scripts: kb review list, kb review approve ID")
    from cli.held_review import HeldReview
    from cli.reviewing import Review

    kb, journal = _opened()
    name = reviewer(by)
    if HeldReview(kb, journal, name).run():
        Review(kb, journal, name, everything=everything).run()
    return OK


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that were decided.")
@click.option(
    "--channel", metavar="NAME", help="Only those that wait for this channel's reviewers."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line, with the draft.")
@audience_option
@home_option
def list_(everything: bool, channel: str | None, as_json: bool) -> int:
    """List held answers, oldest first."""
    from retrieval.contract import held_json

    _, journal = _opened()
    holds = journal.holds.all() if everything else journal.holds.waiting()
    holds = [hold for hold in holds if channel is None or hold.queue == channel]
    if as_json:
        for hold in holds:
            out_json({**held_json(hold), "faq": _faq_state(journal, hold)})
        return OK
    rows = [
        (hold.exchange, translated(hold.state.replace("_", " ")), hold.at[:19], hold.queue,
         hold.asker, clip(hold.question, 60))
        for hold in holds
    ]  # fmt: skip
    table(("id", "state", "asked (UTC)", "channel", "by", "question"), rows)
    return OK


@command.command("approve")
@_name
@_faq
@_by
@home_option
def approve(name: str, faq: bool, by: str | None) -> int:
    """Let a held answer out as it stands."""
    from retrieval.holding import release

    kb, journal, hold = _waiting(name)
    if faq and hold.draft.get("status") == "abstained":
        raise UsageError("a refusal is no FAQ entry", "approve it without --faq")
    release.approve(journal, hold, reviewer(by))
    out(labelled("approved", clip(hold.question, 80)))
    _show_alike(kb, journal, hold)
    return _made_entry(kb, journal, hold, faq, by)


@command.command("edit")
@_name
@click.option("--text", metavar="TEXT", required=True, help="The answer in place of the draft.")
@_faq
@_by
@home_option
def edit(name: str, text: str, faq: bool, by: str | None) -> int:
    """Let another answer out than the held one.

    Its sentences are checked anew, against what they cite by the numbers of the draft or against
    what else was found.
    """
    from cli.context import notify
    from cli.held_screen import not_in_sources
    from retrieval.holding import release

    kb, journal, hold = _waiting(name)
    decision = release.edit(kb, journal, hold, text, reviewer(by))
    out(labelled("edited", clip(hold.question, 80)))
    for sentence in decision.detail["answer"]["sentences"]:
        if not sentence["supported"]:
            notify(not_in_sources(sentence["text"]))
    _show_alike(kb, journal, hold)
    return _made_entry(kb, journal, hold, faq, by)


@command.command("decline")
@_name
@click.option("--note", metavar="TEXT", default="", help="What the asker is told.")
@_by
@home_option
def decline(name: str, note: str, by: str | None) -> int:
    """Give no answer to a held question, whenever it is asked."""
    from retrieval.holding import release

    kb, journal, hold = _waiting(name)
    release.decline(journal, hold, note, reviewer(by))
    out(labelled("declined", clip(hold.question, 80)))
    _show_alike(kb, journal, hold)
    return OK


@command.command("undo")
@_name
@_by
@click.option("--again", is_flag=True, help="Also what another decided.")
@home_option
def undo(name: str, by: str | None, again: bool) -> int:
    """Take back what was decided about a held answer, before it is delivered."""
    from cli.held_review import take_back
    from retrieval.holding.release import check_own, held_answer

    kb, journal = _opened()
    hold, reviewer_name = held_answer(journal, name), reviewer(by)
    anybodys = hold.decision if again else None
    decision = anybodys or check_own(hold, reviewer_name)
    take_back(kb, journal, decision, reviewer_name)
    return OK


@command.command("undelivered")
@click.option("--again", "name", metavar="ID", help="Let this one be delivered once more.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@audience_option
@home_option
def undelivered(name: str | None, as_json: bool) -> int:
    """List decided answers that did not reach their askers, as far as it is known.

    A webhook did not take them, a post failed, or the process died over them. None is sent again by
    itself: it may have arrived.
    """
    from kb.journal.reviews import new_claimant
    from retrieval.holding.release import held_answer

    _, journal = _opened()
    if name is not None:
        hold = held_answer(journal, name)
        if all(letter.hold.exchange != hold.exchange for letter in journal.holds.dead_letters()):
            raise KbError(f"{hold.exchange} is not undelivered", "see: kb review undelivered")
        journal.holds.requeue_delivery(hold, new_claimant())
        out(labelled("to be delivered again", clip(hold.question, 80)))
        return OK
    letters = journal.holds.dead_letters()
    if as_json:
        for letter in letters:
            shown = {"exchange": letter.hold.exchange, "question": letter.hold.question}
            out_json(
                {**shown, "channel": letter.hold.channel, "at": letter.at, "reason": letter.reason}
            )
    else:
        rows = [
            (letter.hold.exchange, letter.at[:19], letter.hold.channel, letter.reason,
             clip(letter.hold.question, 60))
            for letter in letters
        ]  # fmt: skip
        table(("id", "when (UTC)", "channel", "reason", "question"), rows)
    return OK


def _opened() -> tuple[KnowledgeBase, Journal]:
    """Knowledge base and journal; what has waited too long was seen to."""
    from retrieval.holding.policy import load_community
    from retrieval.holding.timeouts import apply_timeouts

    journal = open_journal()
    kb = open_for_reading()
    apply_timeouts(journal, load_community(kb.home.path))
    catch_up(kb)
    return kb, journal


def _waiting(name: str) -> tuple[KnowledgeBase, Journal, Hold]:
    """The held answer of that name, which nobody has decided about yet. Raises KbError."""
    from retrieval.holding.release import check_waiting, held_answer

    kb, journal = _opened()
    hold = held_answer(journal, name)
    check_waiting(hold)
    return kb, journal, hold


def _show_alike(kb: KnowledgeBase, journal: Journal, hold: Hold) -> None:
    """Name the answers that still wait though they are to the same question."""
    from cli.context import notify
    from retrieval.holding.precedents import waiting_alike

    for other in waiting_alike(kb, journal, hold):
        question = clip(other.question, 80)
        notify(f"the same is asked in {other.exchange}, which still waits: {question}")


def _made_entry(kb: KnowledgeBase, journal: Journal, hold: Hold, faq: bool, by: str | None) -> int:
    """Make the answer an entry of the FAQ where that is wanted."""
    if faq:
        from cli.held_review import make_entry

        make_entry(kb, journal, hold.exchange, reviewer(by))
    return OK


def _faq_state(journal: Journal, hold: Hold) -> str | None:
    """The FAQ entry that an answer became, `candidate` where it may become one, else None."""
    entries = [
        str(each.detail["entry"])
        for each in journal.reviews.standing(hold.exchange)
        if each.kind == "promoted"
    ]
    if entries:
        return entries[-1]
    return "candidate" if hold.state in ("approved", "edited") else None
