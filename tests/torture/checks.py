"""What must hold after a fault: nothing acknowledged is missing, nothing removed is found, every
citation is in its passage, catalog and indexes agree, and the command can be given again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.damaged_homes import Ended, run
from tests.torture.setting import (
    JOURNAL_TABLES,
    QUESTIONS,
    Setting,
    State,
    Work,
    state_of,
    texts_of,
)


def faults(
    setting: Setting, work: Work, case: Path, before: State, after: State, *, is_done: bool
) -> Iterator[str]:
    """What is wrong in a home whose command was disturbed; `is_done`: it said that it was done."""
    home = case / "home"
    yield from lost(state_of(home), before, after, is_done=is_done)
    if (home / "catalog.sqlite3").exists():
        yield from reading_faults(setting, home)
    yield from again_faults(setting, work, case, after)


def lost(now: State, before: State, after: State, *, is_done: bool) -> Iterator[str]:
    """What is neither as it was before the command nor as it is after it."""
    for source in {*before.documents, *after.documents, *now.documents}:
        allowed = [after.documents.get(source)]
        if not is_done:
            allowed.append(before.documents.get(source))
        if now.documents.get(source) not in allowed:
            yield f"{source} is neither what it was nor what it is to be"
    for table in JOURNAL_TABLES:
        old, new, have = (state.journal.get(table, frozenset()) for state in (before, after, now))
        if missing := (old & new) - have:
            yield f"{table}: {len(missing)} rows that were acknowledged are lost"
        most = max(len(old), len(new))
        if len(have) > most or (is_done and len(have) != len(new)):
            yield f"{table}: {len(have)} rows, not {len(new)}"


def reading_faults(setting: Setting, home: Path) -> Iterator[str]:
    """What search and answers show that the home does not hold."""
    for question in QUESTIONS:
        found = run(home, setting.folder, "search", "--json", question)
        answered = run(home, setting.folder, "ask", "--no-log", "--format", "json", question)
        yield from crashes("search", found, (0,))
        yield from crashes("ask", answered, (0, 3))
        if found.code != 0 or answered.code not in (0, 3):
            continue
        texts = texts_of(home)
        for hit in json.loads(found.out)["hits"]:
            if hit["text"] not in texts:
                yield f"search shows what is not kept: {hit['text'][:60]!r}"
        for cited in json.loads(answered.out)["citations"]:
            if not any(cited["quote"] in text for text in texts):
                yield f"a citation is in no passage: {cited['quote'][:60]!r}"


def again_faults(setting: Setting, work: Work, case: Path, after: State) -> Iterator[str]:
    """What is wrong once the command was given again."""
    home = case / "home"
    ended = run(home, setting.folder, *setting.arguments(work, case))
    yield from crashes(f"{work.name}, again", ended, work.again)
    now = state_of(home)
    if now.documents != after.documents:
        yield "given again, it does not come to what an undisturbed run comes to"
    looked = run(home, setting.folder, "doctor", "--json")
    yield from crashes("doctor", looked, (0, 1))
    if looked.code == 1 and looked.out:
        problems = [check for check in json.loads(looked.out)["checks"] if check["problem"]]
        # A forgetting that was begun is carried to its end by the next ingest or by a repair.
        if [check["part"] for check in problems] == ["forgetting"]:
            looked = run(home, setting.folder, "doctor", "--repair", "--json")
            problems = [check for check in json.loads(looked.out)["checks"] if check["problem"]]
        if problems:
            yield f"kb doctor finds {problems}"
    if (case / "made.kbz").exists():
        yield from crashes("verify", run(home, setting.folder, "backup", "--verify", str(case / "made.kbz")), (0,))  # fmt: skip


def crashes(name: str, ended: Ended, codes: tuple[int, ...]) -> Iterator[str]:
    """How a command ended that should have ended otherwise."""
    if ended.code not in codes or "Traceback" in ended.err or "bug in kb" in ended.err:
        yield f"kb {name} ended with {ended.code}: {ended.err[-300:].strip()}"
