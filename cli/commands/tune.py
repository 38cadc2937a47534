"""`kb tune`: settings fitted to what people judged."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from cli.audit_lines import audit
from cli.context import (
    catch_up,
    current_home,
    home_option,
    loaded_settings,
    notify,
    open_for_reading,
    open_journal,
)
from cli.language import labelled, translated
from cli.render import out, out_json, progress_bar
from kb.errors import OK, KbError, UsageError
from kb.settings import TUNABLE

if TYPE_CHECKING:
    from kb.home import Home
    from kb.journal import Journal
    from kb.knowledge import KnowledgeBase
    from kb.settings import Settings
    from retrieval.feedback.tuning import FitResult, Interval

_MEASURED = {
    "ranking": "mean reciprocal rank of right passages",
    "abstention": "right to answer, or not to",
}
_COUNTED = {
    "ranking": "ranking: {count} judged questions",
    "abstention": "abstention: {count} judged answers",
}


@click.command()
@click.option("--dry-run", is_flag=True, help="Change nothing, only show what would change.")
@click.option("--undo", is_flag=True, help="Go back to the settings before the last tuning.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Which questions are held out when.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def command(dry_run: bool, undo: bool, seed: int, as_json: bool) -> int:
    """Fit ranking and abstaining to what people judged.

    Votes, corrections, promotions and reviewers' decisions tell which passages are right. What is
    found is tried on questions that it was not fitted on, and adopted only where it is surely
    better: into tuned.toml, which kb.toml comes before.
    """
    if undo and dry_run:
        raise UsageError("--undo and --dry-run don't go together")
    if undo:
        return _take_back(current_home(), as_json)
    from kb.settings.layers import adopt, read_tuned

    kb = open_for_reading()
    catch_up(kb)
    journal = open_journal()
    origin = loaded_settings(kb.home).origin
    fixed = [name for name in TUNABLE if origin[name] not in ("default", "tuned.toml")]
    parts = _fitted(kb, journal, fixed, seed)
    changed = {name: value for part in parts if part.adopted for name, value in part.values.items()}
    if changed and not dry_run:
        with kb.home.writing(notify):
            adopt(kb.home.path, {**read_tuned(kb.home.path).values, **changed})
        audit(kb.home.path, "tune", {"settings": sorted(changed)})
    if as_json:
        present = {name: getattr(kb.settings, name) for name in TUNABLE}
        fitted = [{**asdict(part), "adopted": part.adopted} for part in parts]
        out_json({"changed": bool(changed) and not dry_run, "settings": {**present, **changed}, "present": present,
                  "fixed": fixed, "parts": fitted})  # fmt: skip
        return OK
    for part in parts:
        _tell(part, kb.settings)
    if fixed:
        named = ", ".join(f"{name} ({origin[name]})" for name in fixed)
        out(translated(f"set elsewhere, and left alone: {named}"))
    _say_what_changed(bool(changed), dry_run)
    return OK


def _say_what_changed(changed: bool, dry_run: bool) -> None:
    if not changed:
        out(translated("nothing was changed"))
    elif dry_run:
        out(translated("nothing was changed: a dry run"))
    else:
        out(translated("adopted; take it back with: kb tune --undo"))


def _fitted(kb: KnowledgeBase, journal: Journal, fixed: list[str], seed: int) -> list[FitResult]:
    from retrieval.feedback.judgements import judged
    from retrieval.feedback.tuning import fit_ranking, fit_threshold
    from retrieval.feedback.tuning_evidence import evidence_pool

    questions, sure = judged(kb, journal)
    advance, stop = progress_bar(translated("reading"))
    try:
        pool = evidence_pool(kb, questions, advance)
    finally:
        stop()
    return [
        fit_ranking(pool, kb.settings, fixed, seed),
        fit_threshold(sure, kb.settings, fixed, seed),
    ]


def _tell(part: FitResult, settings: Settings) -> None:
    out(translated(_COUNTED[part.name], count=part.judged))
    if part.before and part.after and part.change:
        message = "{before} before, {after} after: by {change}"
        before, after, change = map(_shown, (part.before, part.after, part.change))
        figures = translated(message, before=before, after=after, change=change)
        out(f"  {labelled(_MEASURED[part.name], figures)}")
    for name, value in part.values.items():
        out(f"  {name}: {getattr(settings, name):g} -> {value:g}")
    outcome = translated("left as it is: {reason}", reason=translated(part.reason))
    out(f"  {translated('better') if part.adopted else outcome}")


def _shown(interval: Interval) -> str:
    low, high = f"{interval.low:.3f}", f"{interval.high:.3f}"
    return f"{interval.value:.3f} {translated('({low} to {high})', low=low, high=high)}"


def _take_back(home: Home, as_json: bool) -> int:
    from kb.settings.layers import TUNED_FILE, take_back

    if not home.exists() and not (home.path / TUNED_FILE).exists():
        raise KbError(f"there is no knowledge base at {home.path}", "make one with: kb ingest PATH")
    before = loaded_settings(home).settings
    with home.writing(notify):
        left = take_back(home.path)
    after = loaded_settings(home).settings
    audit(home.path, "tune", {"undo": True})
    changes = {
        name: (getattr(before, name), getattr(after, name))
        for name in TUNABLE
        if getattr(before, name) != getattr(after, name)
    }
    if as_json:
        out_json(
            {"changed": bool(changes), "settings": {name: getattr(after, name) for name in TUNABLE}}
        )
        return OK
    for name, (old, new) in changes.items():
        out(f"{name}: {old:g} -> {new:g}")
    earlier = translated("; before that there are {count} more", count=len(left.former))
    out(translated("taken back") + (earlier if left.former else ""))
    return OK
