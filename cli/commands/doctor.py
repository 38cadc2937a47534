"""`kb doctor`: check the knowledge base, and repair it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.audit_lines import audit
from cli.context import current_home, current_settings, home_option, loaded_settings, notify
from cli.language import labelled, translated
from cli.render import out, out_fields, out_json
from kb.errors import FAILED, OK, KbError, UsageError

if TYPE_CHECKING:
    from kb.catalog.inspection import Damage
    from kb.home import Home
    from kb.index import Finding
    from kb.knowledge import KnowledgeBase


@click.command()
@click.option(
    "--repair", is_flag=True, help="Rebuild damaged indexes, and read damaged sources again."
)
@click.option(
    "--report",
    is_flag=True,
    help="Print a page for a bug report: versions, sizes, settings, the last commands.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def command(repair: bool, report: bool, as_json: bool) -> int:
    """Check the knowledge base, and repair it.

    Exits with 1 when something needs a human.

    The page of --report holds nothing that was asked or read, no name, no path and no key.
    """
    if report and as_json:
        raise UsageError("--report and --json don't go together")
    home = current_home()
    findings, repaired = _examined(home, repair)
    healthy = not any(finding.problem for finding in findings)
    if report:
        _print_report(home, findings)
        return OK if healthy else FAILED
    if as_json:
        checks = [{"part": f.part, "problem": f.problem} for f in findings]
        out_json({"healthy": healthy, "repaired": repaired, "checks": checks})
        return OK if healthy else FAILED
    for part in repaired:
        out_fields({"repaired": translated(part)}, 10)
    for finding in findings:
        part, problem = translated(finding.part), translated(finding.problem)
        shown = labelled(finding.part, problem)
        out_fields({"problem": shown} if problem else {"ok": part}, 10)
    if not repair and any(_may_be_mended(finding) for finding in findings):
        notify("some of this may be mended by: kb doctor --repair")
    return OK if healthy else FAILED


def _print_report(home: Home, findings: Sequence[Finding]) -> None:
    from cli.bug_report import bug_report

    try:
        origins = loaded_settings(home)
    except KbError:
        origins = None
    out(bug_report(home, origins, findings).rstrip("\n"))


def _examined(home: Home, repair: bool) -> tuple[list[Finding], list[str]]:
    """What is found, after what could be was repaired, and what that was. Where settings or catalog
    can't be read, the rest is looked at all the same.
    """
    from kb.doctor import examine, examine_journal, mend
    from kb.index import Finding
    from kb.knowledge import open_knowledge_base
    from kb.missing_sources import missing_names, missing_notice
    from kb.settings import Settings

    findings = []
    try:
        settings = current_settings(home)
    except KbError as error:
        findings.append(Finding("settings", _problem_of(error)))
        settings = Settings()
    try:
        kb = open_knowledge_base(home, settings, notify)
    except KbError as error:
        if not home.exists():
            raise
        findings.append(Finding("catalog", _problem_of(error)))
        findings += [examine_journal(home)] if home.journal.exists() else []
        return findings, []
    repaired = mend(kb, partial(_read_again, kb)) if repair else []
    if repaired:
        audit(home.path, "repair", {"repaired": len(repaired)})
    findings += examine(kb)
    if missing := missing_notice(missing_names(kb.catalog)):
        notify(missing)  # no damage: a disk may be away, or files be kept elsewhere
    return findings, repaired


def _may_be_mended(finding: Finding) -> bool:
    """Whether --repair may help: it mends no model and no server."""
    models = ("embedder", "reranker", "writer")
    return bool(finding.problem) and (finding.part not in models or "--repair" in finding.problem)


def _problem_of(error: KbError) -> str:
    return f"{error} ({error.hint})" if error.hint else str(error)


def _read_again(kb: KnowledgeBase, damages: Sequence[Damage]) -> list[str]:
    """Ingest the files of damaged documents, and publish FAQ entries that only the journal has."""
    from ingest.archives import archive_of
    from ingest.pipeline import ingest

    files = {
        damage: Path(archive_of(damage.path) or damage.path) for damage in damages if damage.path
    }
    there = {
        damage: path for damage, path in files.items() if path.is_file()
    }  # others are named by examine
    try:
        skipped = ingest(kb, list(dict.fromkeys(there.values()))).skipped if there else []
    except KbError as error:
        notify(f"the damaged sources can't be read again: {_problem_of(error)}")
        return _publish(kb)
    for skip in skipped:
        notify(f"{skip.source} can't be read again: {skip.reason}")
    left = {skip.source for skip in skipped}
    done = [
        f"{damage.about}; read again from {path}"
        for damage, path in there.items()
        if damage.source not in left
    ]
    return [*done, *_publish(kb)]


def _publish(kb: KnowledgeBase) -> list[str]:
    """Publish FAQ entries that only the journal has."""
    from ingest.faq_entries import publish
    from kb.journal import Journal

    if not kb.home.journal.exists():
        return []
    try:
        changed = publish(kb, Journal(kb.home.journal))
    except KbError as error:
        notify(f"the FAQ entries can't be read: {_problem_of(error)}")
        return []
    return [f"{changed} FAQ entries made searchable"] if changed else []
