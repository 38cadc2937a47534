"""`kb people`: the profiles that members gave, and who is kept out of matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.context import catch_up, current_home, home_option, not_empty, notify, open_for_reading
from cli.language import translated
from cli.render import clip, out, out_fields, out_json, table
from cli.viewing import audience_option
from kb.errors import OK

if TYPE_CHECKING:
    from retrieval.people.profiles import Profile

_name = click.argument("name", metavar="NAME", callback=not_empty)
_FIELDS = ("offers", "seeks", "industry", "stage", "city", "language", "contact")


@click.group()
def command() -> None:
    """Show the profiles that members gave, and keep people out of matches.

    Profiles are read from front matter and tables that were ingested: see docs/people.md. Those
    whose consent is private, or who opted out, are never shown.
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@audience_option
@home_option
def list_(as_json: bool) -> int:
    """List the people whose profiles may be shown."""
    from retrieval.people.profiles import hidden_count, shown_profiles

    kb = open_for_reading()
    catch_up(kb)
    profiles = shown_profiles(kb)
    if as_json:
        for profile in profiles:
            out_json(_json(profile))
        return OK
    rows = [
        (profile.name, clip(", ".join(profile.offers), 40), clip(", ".join(profile.seeks), 40),
         ", ".join(profile.city), profile.consent, profile.citation)
        for profile in profiles
    ]  # fmt: skip
    table(("name", "offers", "seeks", "city", "consent", "source"), rows)
    if hidden := hidden_count(kb):
        notify(f"not shown, as private or opted out: {hidden}")
    return OK


@command.command("show")
@_name
@click.option("--json", "as_json", is_flag=True, help="One JSON object per profile.")
@audience_option
@home_option
def show(name: str, as_json: bool) -> int:
    """Show somebody's profile, with the contact where they made it public."""
    from retrieval.people.introductions import person_called
    from retrieval.people.profiles import shown_profiles

    kb = open_for_reading()
    catch_up(kb)
    profiles = shown_profiles(kb)
    person = person_called(profiles, name)
    for profile in profiles:
        if profile.id != person.id:
            continue
        if as_json:
            out_json(_json(profile))
        else:
            lists = {field: ", ".join(getattr(profile, field)) for field in _FIELDS}
            values = {"name": profile.name, **lists, "ticket": profile.ticket_text}
            values |= {"consent": profile.consent, "source": profile.citation}
            out_fields({field: value for field, value in values.items() if value}, 9)
    return OK


@command.command("optout")
@_name
@home_option
def optout(name: str) -> int:
    """Keep somebody out of all lists, matches and introductions, whatever is ingested later."""
    from retrieval.people.optouts import opt_out
    from retrieval.people.profiles import person_id

    opt_out(current_home().path, person_id(name))
    out(translated("opted out: {name}", name=name))
    return OK


@command.command("optin")
@_name
@home_option
def optin(name: str) -> int:
    """Take an opt-out back; what the profile's consent says holds again."""
    from retrieval.people.optouts import opt_in
    from retrieval.people.profiles import person_id

    opt_in(current_home().path, person_id(name))
    out(translated("opted in: {name}", name=name))
    return OK


def _json(profile: Profile) -> dict[str, Any]:
    lists = {field: list(getattr(profile, field)) for field in _FIELDS}
    return {
        "id": profile.id, "name": profile.name, **lists, "ticket": profile.ticket_text,
        "consent": profile.consent, "source": profile.source, "label": profile.label,
    }  # fmt: skip
