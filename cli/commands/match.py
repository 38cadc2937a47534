"""`kb match`: who offers what somebody needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.context import (
    catch_up,
    current_home,
    home_option,
    loaded_settings,
    notify,
    open_for_reading,
)
from cli.language import labelled, translated
from cli.render import out, out_json
from cli.viewing import audience_option
from kb.errors import ABSTAINED, HELD, OK, UsageError

if TYPE_CHECKING:
    from kb.knowledge import KnowledgeBase
    from retrieval.people.matching import Match, Need
    from retrieval.people.profiles import Profile


@click.command()
@click.argument("need", required=False)
@click.option("-k", "limit", type=click.IntRange(1, 50), default=5, help="How many people at most.")
@click.option("--offer", is_flag=True, help="NEED is an offer: find who seeks it.")
@click.option(
    "--for", "asker", metavar="NAME", help="Who needs it; without NEED, by their profile."
)
@click.option(
    "--introduce", metavar="NAME", help="Draft an introduction to this person, and hold it."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@audience_option
@home_option
def command(
    need: str | None,
    limit: int,
    offer: bool,
    asker: str | None,
    introduce: str | None,
    as_json: bool,
) -> int:
    """Find the people who fit a need, by what they say of themselves.

    Each comes with the reason and where it stands. Exits with 3 when nobody fits, and with 5 when
    an introduction waits for a person: it is in kb review, and nothing is sent.
    """
    from retrieval.people.introductions import person_called
    from retrieval.people.matching import matches
    from retrieval.people.profiles import shown_profiles
    from retrieval.people.quotations import with_quotations

    if need is None and asker is None:
        raise UsageError("say what is needed, or who needs it with --for NAME")
    if introduce and (asker is None or need is None):
        raise UsageError("an introduction takes a need, and who needs it: --for NAME")
    kb = open_for_reading()
    if introduce and kb.sight:
        kb.sight.check_uncovered()
    catch_up(kb)
    profiles = shown_profiles(kb)
    if not profiles:
        notify("no profile may be shown; members give theirs in a table or in front matter")
    who = person_called(profiles, asker) if asker else None
    others = [profile for profile in profiles if who is None or profile.id != who.id]
    if introduce and who and need:
        return _introduce(kb, _needs(need, offer, None), others, who, introduce, as_json)
    found = matches(kb, _needs(need, offer, who), others, limit)
    if need is not None and found:
        found = with_quotations(kb, need, found)
    return _show(need, found, as_json)


def _needs(need: str | None, offer: bool, who: Profile | None) -> list[Need]:
    from retrieval.people.matching import read_need

    if need is not None:
        return [read_need(need, "seeks" if offer else "offers")]
    if who is None:
        return []
    seeks = [read_need(text) for text in who.seeks]
    return [*seeks, *(read_need(text, "seeks") for text in who.offers)]


def _introduce(
    kb: KnowledgeBase,
    needs: list[Need],
    others: list[Profile],
    who: Profile,
    name: str,
    as_json: bool,
) -> int:
    from kb.journal import open_journal
    from retrieval.people.introductions import introduced, person_called
    from retrieval.people.matching import matches

    other = person_called(others, name)
    found = matches(kb, needs, [profile for profile in others if profile.id == other.id], 1)
    if not found:
        return _show(needs[0].text, [], as_json)
    home = current_home()
    journal = open_journal(home.journal, loaded_settings(home).settings, kb.sight)
    hold = introduced(kb, journal, found[0], who, needs[0].text)
    if as_json:
        out_json({"id": hold.exchange, "status": "held", "match": _json(found[0])})
    else:
        out(translated("the introduction waits for a person: kb review"))
        out(labelled("id", hold.exchange))
    return HELD


def _show(need: str | None, found: list[Match], as_json: bool) -> int:
    if as_json:
        out_json({"need": need, "matches": [_json(match) for match in found]})
    else:
        _print(found)
    return OK if found else ABSTAINED


def _print(found: list[Match]) -> None:
    if not found:
        out(translated("nobody fits, of those whose profiles may be shown"))
    for number, match in enumerate(found, start=1):
        mutual = f" · {translated('fits both ways')}" if match.mutual else ""
        out(f"{number}. {match.profile.name}{mutual}")
        for reason in match.reasons:
            out(f"   {translated(reason.field)}: {reason.text}  [{reason.citation}]")
        for quote in match.said:
            out(f"   {translated('said')}: “{quote.text}”  [{quote.citation}]")


def _json(match: Match) -> dict[str, Any]:
    return {
        "id": match.profile.id, "name": match.profile.name, "score": match.score,
        "mutual": match.mutual,
        "reasons": [
            {"field": each.field, "text": each.text, "citation": each.citation}
            for each in match.reasons
        ],
        "said": [{"text": each.text, "citation": each.citation} for each in match.said],
    }  # fmt: skip
