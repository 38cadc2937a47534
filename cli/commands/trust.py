"""`kb trust`: let the settings of a knowledge base that was found in a folder reach out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.audit_lines import audit
from cli.context import current_home, home_option
from cli.language import translated
from cli.render import out, out_json, table
from kb.errors import OK, KbError, UsageError


@click.command()
@click.argument("folder", required=False, metavar="[DIR]")
@click.option("--dry-run", is_flag=True, help="Only show what would be allowed.")
@click.option("--revoke", is_flag=True, help="Trust it no longer.")
@click.option("--list", "as_list", is_flag=True, help="List what is trusted.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def command(folder: str | None, dry_run: bool, revoke: bool, as_list: bool, as_json: bool) -> int:
    """Let the settings of a knowledge base found in a folder reach out.

    A .kb that kb meets in a folder, and nobody has chosen, may come from anybody: what its kb.toml
    says of servers, keys, models and classes is ignored until you trust it. That holds for this
    very content of the file: when it changes, kb asks again. DIR is the folder or its .kb; without
    it, the one that is found from here.
    """
    if dry_run + revoke + as_list > 1 or (as_list and folder is not None):
        raise UsageError("--dry-run, --revoke and --list don't go together, nor --list with DIR")
    if as_list:
        return _list(as_json)
    home = current_home() if folder is None else None
    if home is not None and not home.is_found:
        return _tell(home.path, {}, False, as_json, "nothing to trust: it was chosen, not found")
    path = home.path if home else _home_in(Path(str(folder)))
    return _revoke(path, as_json) if revoke else _trust(path, as_json, dry_run)


def _home_in(folder: Path) -> Path:
    """The home that a folder is or holds. Raises KbError."""
    folder = folder.expanduser().absolute()
    for path in (folder / ".kb", folder):
        if path.is_dir() and (path.name == ".kb" or (path / "kb.toml").exists()):
            return path
    raise KbError(
        f"there is no .kb in {folder}", "name the folder that holds it, or the .kb itself"
    )


def _trust(path: Path, as_json: bool, dry_run: bool) -> int:
    from hashlib import sha256

    from kb.home import check_ownership
    from kb.settings import reaching
    from kb.trust import is_trusted, trust

    check_ownership(path)
    settings, content = reaching(path)
    if not settings:
        return _tell(path, {}, False, as_json, "nothing to trust: its kb.toml reaches for nothing")
    if dry_run:
        before = is_trusted(path, content)
        return _tell(path, settings, before, as_json, "a dry run: nothing was changed")
    trust(path, content)
    audit(path, "trust", {"settings": sorted(settings), "sha256": sha256(content).hexdigest()})
    outcome = "trusted, until its kb.toml changes; take it back: kb trust --revoke"
    return _tell(path, settings, True, as_json, outcome)


def _revoke(path: Path, as_json: bool) -> int:
    from kb.trust import revoke

    was_trusted = revoke(path)
    if was_trusted:
        audit(path, "distrust", {})
    outcome = "trusted no longer" if was_trusted else "it was not trusted"
    return _tell(path, {}, False, as_json, outcome)


def _tell(
    home: Path, settings: Mapping[str, Any], trusted: bool, as_json: bool, message: str
) -> int:
    values = {name: _shown(name, value) for name, value in settings.items()}
    if as_json:
        out_json({"home": str(home), "trusted": trusted, "settings": values})
        return OK
    out(f"{translated('home')}\t{home}")
    if values:
        table(("setting", "value"), list(values.items()))
    out(translated(message))
    return OK


def _list(as_json: bool) -> int:
    from kb.settings import reaching
    from kb.trust import all_trusted, is_trusted

    rows = []
    for entry in all_trusted():
        try:
            _, content = reaching(entry.home)
            trusted = is_trusted(entry.home, content)
        except KbError:
            trusted = False
        rows.append((str(entry.home), trusted))
    if as_json:
        out_json([{"home": home, "trusted": trusted} for home, trusted in rows])
    elif rows:
        table(("home", "kb.toml"), [(home, _state(trusted)) for home, trusted in rows])
    else:
        out(translated("nothing is trusted"))
    return OK


def _state(trusted: bool) -> str:
    return translated("trusted" if trusted else "changed since")


def _shown(name: str, value: Any) -> str:
    """A value as it may be shown: of options their names, and what they point to."""
    from kb.model_client import without_password
    from kb.secrets import HIDDEN, shown

    if name.endswith("_options"):
        try:
            return json.dumps(shown(json.loads(value)), ensure_ascii=False)
        except ValueError:
            return HIDDEN
    if name.endswith("_api_key"):
        return HIDDEN
    return without_password(str(value)) if name.endswith("_url") else str(value)
