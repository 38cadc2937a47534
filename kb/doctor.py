"""Checking and mending a knowledge base."""

from __future__ import annotations

from kb.curated import behind
from kb.embedders import open_embedder
from kb.errors import KbError
from kb.filling import fill_in
from kb.index import Finding
from kb.journal import Journal
from kb.knowledge import KnowledgeBase
from kb.projections import PROJECTIONS
from kb.rerankers import open_reranker
from kb.settings import BROUGHT
from kb.writers import chosen, open_writer


def examine(kb: KnowledgeBase) -> list[Finding]:
    """Look at every part; a finding without a problem is a part that is sound."""
    findings = [Finding("catalog", "; ".join(kb.catalog.check()))]
    if kb.home.journal.exists():
        findings.append(_journal(kb))
    findings += kb.index.check()
    if kb.home.journal.exists():
        findings.append(Finding("curated FAQ", _curated(kb)))
    findings.append(_embedder(kb))
    if kb.settings.reranker:
        findings.append(_reranker(kb))
    if chosen(kb.settings) != "extractive":
        findings.append(_writer(kb))
    return findings


def mend(kb: KnowledgeBase) -> list[str]:
    """Bring both projections in step with the catalog, building anew what is damaged. Gives what had to be."""
    repaired = []
    with kb.home.writing(kb.notify):
        behind = kb.catalog.pending()
        kb.index.catch_up()
        if behind:
            repaired.append(f"{behind} pending changes applied")
        if waiting := kb.catalog.unfilled_count():
            repaired.append(f"{waiting - fill_in(kb)} passages given their vectors")
        for name, finding in zip(PROJECTIONS, kb.index.check(), strict=True):
            if finding.problem:
                kb.index.rebuild(name)
                repaired.append(f"{finding.part}: {finding.problem}")
    return repaired


def _curated(kb: KnowledgeBase) -> str:
    """Whether all entries of the journal are in the catalog; one that a process left behind is taken in by the next."""
    try:
        lacking = behind(kb.catalog, Journal(kb.home.journal))
    except KbError as error:
        return _told(error)
    return "entries are not searchable yet; run: kb doctor --repair" if lacking else ""


def _journal(kb: KnowledgeBase) -> Finding:
    try:
        return Finding("journal", "; ".join(Journal(kb.home.journal).check()))
    except KbError as error:
        return Finding("journal", _told(error))


def _embedder(kb: KnowledgeBase) -> Finding:
    """Whether the index holds vectors of the configured embedder; a brought one is tried on a short text."""
    try:
        embedder = open_embedder(kb.settings)
        if kb.settings.embedder in BROUGHT:
            embedder.question("lantern")
    except KbError as error:
        return Finding("embedder", _told(error))
    serving = kb.catalog.serving()
    if serving not in ("", embedder.name):
        return Finding("embedder", f"the index holds vectors of {serving}, not of {embedder.name}; run: kb reindex")
    waiting = kb.catalog.unfilled_count()
    return Finding("embedder", f"{waiting} passages wait for their vectors; run: kb doctor --repair" if waiting else "")


def _reranker(kb: KnowledgeBase) -> Finding:
    try:
        reranker = open_reranker(kb.settings)
        if reranker:
            reranker.scores("lantern", ["Lanterns are lit at dusk."])
    except KbError as error:
        return Finding("reranker", _told(error))
    return Finding("reranker", "")


def _told(error: KbError) -> str:
    hint = error.hint.removesuffix(" try: kb doctor")  # that is what runs
    return f"{error} ({hint})" if hint else str(error)


def _writer(kb: KnowledgeBase) -> Finding:
    """Whether the configured writer answers one short request."""
    try:
        open_writer(kb.settings).check()
    except KbError as error:
        return Finding("writer", _told(error))
    return Finding("writer", "")
