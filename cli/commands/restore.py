"""`kb restore`: a knowledge base from a backup."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import current_home, home_option, not_empty, notify, reviewer
from cli.language import counted, translated
from cli.passphrases import identity_option, key_for
from cli.render import out, out_fields, out_json
from kb.errors import OK, KbError

if TYPE_CHECKING:
    from kb.backup.contents import Manifest
    from kb.home import Home
    from kb.settings import Settings


@click.command()
@click.argument("file", metavar="FILE", callback=not_empty)
@click.option(
    "--force", is_flag=True, help="Move a knowledge base that is there aside, and keep it."
)
@identity_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def command(file: str, force: bool, identities: tuple[str, ...], as_json: bool) -> int:
    """Make a knowledge base from a backup.

    The file is checked to the last bit before anything is written. The knowledge base is made
    beside its place, with its indexes, checked, and moved there when it is whole: until then
    nothing changes.
    """
    from kb.backup.restoration import restore

    began, home = time.monotonic(), current_home()
    _refuse_served(home)
    done = restore(Path(file), home, key_for(identities), _complete, replace=force)
    seconds = round(time.monotonic() - began, 3)
    _tell_of_reach(home)
    former = str(done.former) if done.former else None
    if as_json:
        manifest = done.manifest
        out_json({"home": str(home.path), "former": former, "at": manifest.at, "kb": manifest.kb,
                  "home_id": manifest.home, "counts": dict(manifest.counts), "seconds": seconds})  # fmt: skip
        return OK
    counts = counted(done.manifest.counts)
    out(translated("restored to {home}: {counts}", home=home.path, counts=counts))
    if former:
        out_fields({"before": former}, 10)
    return OK


def _refuse_served(home: Home) -> None:
    """Raise KbError where a server answers from the home: it would go on with the old one."""
    from cli.server.instance import running

    if home.path.is_dir() and running(home.path):
        raise KbError(f"a server runs on {home.path}", "stop it first: kb serve stop")


def _complete(home: Home, manifest: Manifest) -> None:
    """Build the indexes of a restored home, publish what only its journal has, and check it."""
    from ingest.faq_entries import publish
    from kb.audit import AuditLog
    from kb.doctor import examine_stores
    from kb.erasure.forgetting import go_on
    from kb.erasure.ledger_copy import adopt_copy
    from kb.knowledge import open_knowledge_base
    from kb.projections import PROJECTIONS

    AuditLog(home.path).append("restore", reviewer(None), {"made": manifest.at})
    if not home.exists():
        return
    kb = open_knowledge_base(home, _harmless_settings(home), notify)
    with home.writing(notify):
        adopted = adopt_copy(
            home.path
        )  # what was forgotten since the backup, or in the midst of it
        if not go_on(kb, is_new=adopted > 0):
            for name in PROJECTIONS:
                kb.index.rebuild(name)
    if kb.journal:
        publish(kb, kb.journal)
    problems = [
        f"{finding.part}: {finding.problem}" for finding in examine_stores(kb) if finding.problem
    ]
    kb.catalog.close()
    if kb.journal:
        kb.journal.close()
    if problems:
        raise KbError(
            f"what was restored is not sound: {'; '.join(problems)}", "use another backup"
        )


def _harmless_settings(home: Home) -> Settings:
    """The settings of the backup but for those that run code or reach out: who made it is not asked."""
    from kb.settings import Settings, load

    try:
        return load(home.path, found=True).settings
    except KbError as error:
        notify(f"the settings of the backup can't be used: {error}")
        return Settings()


def _tell_of_reach(home: Home) -> None:
    from kb.settings import CONFIG_FILE, reaching

    try:
        values, _ = reaching(home.path)
    except KbError:
        return
    if values:
        notify(
            f"{CONFIG_FILE} of the backup sets what may run code or send texts away:"
            f" {', '.join(values)}; look at it first if others made the backup"
        )
