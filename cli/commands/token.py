"""`kb token`: who may ask a server, and what for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import click

from cli.context import current_home, home_option, not_empty, notify, reviewer
from cli.language import translated
from cli.render import out, out_json, table
from kb.access import RIGHTS, Access, Right, Token
from kb.audience import check_name
from kb.errors import OK, KbError, UsageError


@click.group()
@home_option
def command() -> None:
    """Say who may ask the server, and what for."""


@command.command("add")
@click.argument("name", callback=not_empty)
@click.option(
    "--can",
    "rights",
    required=True,
    metavar="RIGHTS",
    help=f"What it may do: {', '.join(RIGHTS)}; several with commas between.",
)
@click.option(
    "--audience",
    "audiences",
    multiple=True,
    metavar="NAME",
    help="Whose sources it sees, * for all; repeatable.  [default: the channel's, else the home's]",
)
@click.option("--channel", default="", help="The channel whose rules its answers go by.")
@click.option(
    "--expires", metavar="DAY", help="The last day it opens anything: 2026-12-31, or 90d."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def add(
    name: str,
    rights: str,
    audiences: tuple[str, ...],
    channel: str,
    expires: str | None,
    as_json: bool,
) -> int:
    """Make a token, and show it once.

    What is kept is a hash: it can't be shown again. admin includes the others. Send it as:
    Authorization: Bearer TOKEN.
    """
    if "/" in name or not name.isprintable() or len(name) > 100:
        raise UsageError("a token's name has no / in it, and at most 100 characters")
    if name == "local":
        raise UsageError("local is who asks where there are no tokens", "choose another name")
    wanted = _rights(rights)
    access = _access()
    until = _expiry(expires) if expires else None
    by = reviewer(None) or "unknown"
    for audience in audiences:
        check_name(audience)
    text = access.add(name, wanted, channel=channel, expires_at=until, by=by, audiences=audiences)
    if as_json:
        made = {"name": name, "token": text, "can": list(wanted), "expires": until}
        out_json({**made, "audience": list(audiences)})
    else:
        notify("this is shown once; keep it where secrets are kept")
        out(text)
    return OK


def _rights(text: str) -> list[Right]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    rights = [right for right in RIGHTS if right in names]
    if not rights or set(names) - set(rights):
        raise UsageError(f"--can takes any of: {', '.join(RIGHTS)}", "kb token add bot --can ask")
    return rights


def _expiry(text: str) -> str:
    """The end of a day, or of that many days from now. Raises UsageError for one that is over."""
    today = datetime.now(UTC).date()
    try:
        days = text.removesuffix("d")
        day = today + timedelta(int(days)) if days != text else date.fromisoformat(text)
    except OverflowError:
        raise UsageError(
            f"{text} is further away than the calendar goes",
            "leave --expires out for a token that opens until it is revoked",
        ) from None
    except ValueError:
        raise UsageError(
            f"{text!r} is no day", "write 2026-12-31, or 90d for so many days"
        ) from None
    if day < today:
        raise UsageError(f"{text} is over already", "write a day that is to come")
    end = datetime.combine(day, time(23, 59, 59), UTC)
    return end.isoformat(timespec="milliseconds")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@home_option
def list_(as_json: bool) -> int:
    """List all tokens there ever were; what they are is kept nowhere."""
    now = datetime.now(UTC).isoformat()
    tokens = _access().tokens()
    if as_json:
        out_json([_json(token, now) for token in tokens])
    else:
        shown = {
            "valid": translated("valid"),
            "expired": translated("expired"),
            "revoked": translated("revoked"),
        }
        rows = [
            (
                token.name,
                ",".join(token.rights),
                ",".join(token.audiences),
                token.channel,
                shown[_state(token, now)],
                token.created_at[:10],
                (token.expires_at or "")[:10],
            )
            for token in tokens
        ]
        table(("token", "can", "audience", "channel", "state", "made", "expires"), rows)
    return OK


def _state(token: Token, now: str) -> str:
    if token.revoked_at:
        return "revoked"
    return "valid" if token.is_valid(now) else "expired"


def _json(token: Token, now: str) -> dict[str, object]:
    return {
        "name": token.name,
        "can": list(token.rights),
        "audience": list(token.audiences),
        "channel": token.channel,
        "state": _state(token, now),
        "created": token.created_at,
        "expires": token.expires_at,
        "revoked": token.revoked_at,
    }


@command.command("revoke")
@click.argument("name", callback=not_empty)
@home_option
def revoke(name: str) -> int:
    """Have a token open nothing any more, from the next request on."""
    _access().revoke(name, reviewer(None) or "unknown")
    out(translated("revoked {name}", name=name))
    return OK


def _access() -> Access:
    home = current_home()
    if not home.exists():
        raise KbError(f"there is no knowledge base at {home.path}", "make one: kb ingest PATH")
    return Access(home.path)
