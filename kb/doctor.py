"""Checking and mending a knowledge base."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from kb.audit import AUDIT_FILE, HEAD_FILE, AuditLog
from kb.backends import open_embedder, open_reranker, open_writer
from kb.catalog.inspection import Damage, Inspection
from kb.catch_up import all_section_names, embed_headings, fill_in
from kb.erasure.ledger import is_unfinished
from kb.errors import KbError, shell_word
from kb.faq import behind
from kb.home import Home
from kb.index import Finding
from kb.journal import Journal
from kb.knowledge import KnowledgeBase
from kb.projections import PROJECTIONS
from kb.settings import BUILT_IN
from kb.types import FAQ_PREFIX

_SHOWN = 5
_INTERRUPTED = "forgetting was interrupted; run: kb doctor --repair"
ReadAgain = Callable[[Sequence[Damage]], list[str]]


def examine(kb: KnowledgeBase) -> list[Finding]:
    """Look at every part; a finding without a problem is a part that is sound."""
    findings = [*examine_stores(kb), _embedder(kb)]
    if kb.settings.reranker:
        findings.append(_reranker(kb))
    if kb.settings.chosen_writer != "extractive":
        findings.append(_writer(kb))
    return findings


def examine_stores(kb: KnowledgeBase) -> list[Finding]:
    """Look at what is stored, and not at the models that the settings name."""
    findings = [Finding("catalog", "; ".join(_catalog(kb)))]
    if kb.home.journal.exists():
        findings.append(examine_journal(kb.home))
    if any((kb.home.path / name).exists() for name in (AUDIT_FILE, HEAD_FILE)):
        findings.append(Finding("audit log", _audit_log(kb.home)))
    findings += kb.index.check()
    if is_unfinished(kb.home.path):
        findings.append(Finding("forgetting", _INTERRUPTED))
    if kb.home.journal.exists():
        findings.append(Finding("curated FAQ", _faq(kb)))
    return findings


def mend(kb: KnowledgeBase, read_again: ReadAgain = lambda damages: []) -> list[str]:
    """Repair damaged documents, vectors and indexes. Gives a line for each repair.

    `read_again` is given the documents to ingest again, and gives its own lines.
    """
    with closing(Inspection(kb.home.catalog, kb.notify)) as inspection:
        with kb.home.writing(kb.notify):
            repaired = _mend_indexes(kb)  # first: an engine must not open what it may crash on
            repaired += _go_on_forgetting(kb)
            damages = inspection.damages()
            repaired += _mend_rows(kb, inspection, damages)
        repaired += read_again(damages)
        with kb.home.writing(kb.notify):
            repaired += _mend_vectors(kb, inspection)
            if pending := kb.catalog.pending():
                repaired.append(f"{pending} pending changes applied")
            kb.index.catch_up()
            if waiting := kb.catalog.unfilled_count():
                repaired.append(f"{waiting - fill_in(kb)} passages given their vectors")
            return [*repaired, *_mend_indexes(kb)]


def _go_on_forgetting(kb: KnowledgeBase) -> list[str]:
    """Carry forgetting to its end where it was interrupted."""
    if not is_unfinished(kb.home.path):
        return []
    from kb.erasure.forgetting import go_on

    go_on(kb)
    return ["forgetting that was interrupted is done"]


def _mend_indexes(kb: KnowledgeBase) -> list[str]:
    """Build anew what is damaged or holds other passages than the catalog, but for pending ones."""
    repaired = []
    pending = kb.catalog.pending()
    for name, finding in zip(PROJECTIONS, kb.index.check(), strict=True):
        if finding.problem and not (pending and "missing" in finding.problem):
            kb.index.rebuild(name)
            repaired.append(f"{finding.part}: {finding.problem}")
    return repaired


def _mend_rows(kb: KnowledgeBase, inspection: Inspection, damages: Sequence[Damage]) -> list[str]:
    """Drop rows that come back by themselves, and let the files of damaged documents be read again."""
    repaired = [
        f"{count} damaged rows of {table} dropped" for table, count in inspection.odd().items()
    ]
    if repaired:
        inspection.drop_odd()
    inspection.distrust([damage.document for damage in damages if damage.path])
    lost = [damage for damage in damages if not damage.path]
    kb.catalog.remove([damage.document for damage in lost])
    notice = "{}; it is dropped, and comes back when its folder is ingested again"
    return repaired + [notice.format(damage.about) for damage in lost]


def _mend_vectors(kb: KnowledgeBase, inspection: Inspection) -> list[str]:
    """Let passages without a sound vector wait for one, and headings get theirs again."""
    serving = kb.catalog.serving()
    lacking = inspection.without_vector(serving) if serving else []
    headings = inspection.damaged_headings(serving) if serving else []
    if not lacking and not headings:
        return []
    inspection.let_wait(lacking, headings, serving)
    if headings and kb.embedder is not None:
        titled = kb.catalog.passages_with_titles(kb.catalog.passage_ids())
        embed_headings(kb.catalog, kb.embedder, all_section_names(titled))
    counts = ((len(lacking), "vectors of passages"), (len(headings), "vectors of headings"))
    return [f"{count} damaged or lost {noun} made anew" for count, noun in counts if count]


def _catalog(kb: KnowledgeBase) -> list[str]:
    """The problems of the catalog's file and of its rows."""
    pages = kb.catalog.check()
    if pages:
        return pages[:_SHOWN]
    with closing(Inspection(kb.home.catalog, kb.notify)) as inspection:
        damages = inspection.damages()
        findings = [_way_back(damage) for damage in damages[:_SHOWN]]
        if len(damages) > _SHOWN:
            findings.append(f"{len(damages) - _SHOWN} more documents are damaged")
        findings += [
            f"{count} rows of {table} are damaged" for table, count in inspection.odd().items()
        ]
        serving = kb.catalog.serving()
        if serving and (lacking := inspection.without_vector(serving)):
            findings.append(f"{len(lacking)} vectors of passages are damaged or lost")
        if serving and (headings := inspection.damaged_headings(serving)):
            findings.append(f"{len(headings)} vectors of headings are damaged")
    return findings


def _way_back(damage: Damage) -> str:
    """A damage and what brings the document back."""
    if not damage.path or damage.path.startswith(FAQ_PREFIX):
        return f"{damage.about}; run: kb doctor --repair"
    file = next(
        (at for at in (Path(damage.path), *Path(damage.path).parents) if at.is_file()), None
    )
    if file is None:
        return (
            f"{damage.about}; its file {damage.path} is gone: put it back and run kb doctor --repair,"
            f" or: kb sources remove {shell_word(damage.source)}"
        )
    return f"{damage.about}; run: kb doctor --repair, which reads {file} again"


def _faq(kb: KnowledgeBase) -> str:
    """The problem of FAQ entries that are in the journal and not in the catalog; empty where there
    are none.
    """
    try:
        lacking = behind(kb.catalog, Journal(kb.home.journal))
    except KbError as error:
        return _problem_of(error)
    return "entries are not searchable yet; run: kb doctor --repair" if lacking else ""


def examine_journal(home: Home) -> Finding:
    """Whether the journal is sound."""
    try:
        return Finding("journal", "; ".join(Journal(home.journal).check()))
    except KbError as error:
        return Finding("journal", _problem_of(error))


def _audit_log(home: Home) -> str:
    """What is wrong with the audit log; empty where nothing is."""
    try:
        result = AuditLog(home.path).verify()
    except KbError as error:
        return _problem_of(error)
    return f"{result.problem}; see: kb audit verify" if result.problem else ""


def _embedder(kb: KnowledgeBase) -> Finding:
    """Whether the index holds vectors of the configured embedder; a brought one is tried on a short
    text.
    """
    try:
        embedder = open_embedder(kb.settings)
        if kb.settings.embedder not in BUILT_IN:
            embedder.question("lantern")
    except KbError as error:
        return Finding("embedder", _problem_of(error))
    serving = kb.catalog.serving()
    if serving not in ("", embedder.name):
        return Finding(
            "embedder",
            f"the index holds vectors of {serving}, not of {embedder.name}; run: kb reindex",
        )
    waiting = kb.catalog.unfilled_count()
    return Finding(
        "embedder",
        f"{waiting} passages wait for their vectors; run: kb doctor --repair" if waiting else "",
    )


def _reranker(kb: KnowledgeBase) -> Finding:
    try:
        reranker = open_reranker(kb.settings)
        if reranker:
            reranker.scores("lantern", ["Lanterns are lit at dusk."])
    except KbError as error:
        return Finding("reranker", _problem_of(error))
    return Finding("reranker", "")


def _problem_of(error: KbError) -> str:
    hint = error.hint.removesuffix(" try: kb doctor")  # that is what runs
    return f"{error} ({hint})" if hint else str(error)


def _writer(kb: KnowledgeBase) -> Finding:
    """Whether the configured writer answers one short request."""
    try:
        open_writer(kb.settings).check()
    except KbError as error:
        return Finding("writer", _problem_of(error))
    return Finding("writer", "")
