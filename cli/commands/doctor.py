"""`kb doctor`: check the knowledge base, and repair it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.context import current_home, current_settings, home_option, notify
from cli.render import out, out_json
from kb.errors import FAILED, OK

if TYPE_CHECKING:
    from kb.index import Finding
    from kb.knowledge import KnowledgeBase


@click.command()
@click.option("--repair", is_flag=True, help="Rebuild what is damaged, from the catalog.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def command(repair: bool, as_json: bool) -> int:
    """Check the knowledge base, and repair it.

    Exits with 1 when something needs a human.
    """
    from kb.doctor import examine, mend
    from kb.index import Finding
    from kb.knowledge import open_knowledge_base
    from kb.missing import missing_names, missing_notice

    home = current_home()
    kb = open_knowledge_base(home, current_settings(home), notify)
    repaired = [*mend(kb), *_publish(kb)] if repair else []
    findings = [*examine(kb), Finding("sources", missing_notice(missing_names(kb.catalog)))]
    healthy = not any(finding.problem for finding in findings)
    if as_json:
        out_json(
            {
                "healthy": healthy,
                "repaired": repaired,
                "checks": [{"part": f.part, "problem": f.problem} for f in findings],
            }
        )
    else:
        for part in repaired:
            out(f"repaired  {part}")
        for finding in findings:
            out(f"problem   {finding.part}: {finding.problem}" if finding.problem else f"ok        {finding.part}")
        if not repair and any(_may_be_mended(finding) for finding in findings):
            notify("some of this may be mended by: kb doctor --repair")
    return OK if healthy else FAILED


def _may_be_mended(finding: Finding) -> bool:
    """Whether --repair may help: it mends no model and no server, and brings no file back."""
    others = ("embedder", "reranker", "writer", "sources")
    return bool(finding.problem) and (finding.part not in others or "--repair" in finding.problem)


def _publish(kb: KnowledgeBase) -> list[str]:
    """Bring in what of the curated FAQ is only journalled."""
    from ingest.curated import publish
    from kb.journal import Journal

    changed = publish(kb, Journal(kb.home.journal)) if kb.home.journal.exists() else 0
    return [f"{changed} entries of the curated FAQ made searchable"] if changed else []
