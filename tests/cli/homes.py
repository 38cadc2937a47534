"""What tests of the command line look at and do: what a home holds, damage, a machine without room."""

from __future__ import annotations

import json
import os
import sqlite3

from tests.fork_client import fork_client

# SQLite 3.40.1's quick_check says this of a sound WITHOUT ROWID table whose key names the columns
# in another order than the table does. test_contract.py holds that `kb doctor` must not repeat it;
# nothing else here is to fail for it.
_FALSE_ALARM = "NULL value in facets.owner"

# Chroma can grow a torn file without end: whatever a test damages must not fill the disk of whoever
# runs it.
_LARGEST_FILE = 256_000_000

_PROBE = """
import json, sys
from pathlib import Path
from kb.doctor import examine
from kb.home import Home
from kb.knowledge import open_knowledge_base
from kb.projections.generations import open_projection
from kb.settings import Settings
notices = []
kb = open_knowledge_base(Home(Path(sys.argv[1])), Settings(embedder="static"), notices.append)
ids = sorted(kb.catalog.passage_ids())
held = {}
for name in ("lexical", "dense"):
    state = kb.catalog.projection(name)
    held[name] = sorted(open_projection(name, kb.home.indexes / state.generation).ids()) if state else []
chosen = ids[:: max(1, len(ids) // 100)]
best = [kb.index.search_vector(kb.catalog.vectors([pid], kb.catalog.serving())[pid], 1, None) for pid in chosen]
lost = sum(not found or found[0][1] < 0.999 for found in best)
unsound = {finding.part: finding.problem for finding in examine(kb)}
print(json.dumps({"catalog": ids, **held, "lost": lost / (len(chosen) or 1), "notices": notices,
                  "pending": kb.catalog.pending(), "unsound": unsound}))
"""


def held(home):
    """What the catalog and both projections hold, and what is wrong with them.

    Looked up in a process of its own: a torn vector file may take the process with it.
    """
    done = fork_client().run(["-c", _PROBE, str(home)], os.environ)
    assert done.returncode == 0, (
        f"looking into the indexes ended with {done.returncode}: {done.stderr.decode()[-400:]}"
    )
    return json.loads(done.stdout)


def assert_in_step(home, lost=0.05):
    """Both projections hold exactly what the catalog holds, find it, and the doctor has nothing to
    say.

    The dense index is approximate, so a share `lost` of the passages may hide from their own
    vectors.
    """
    found = held(home)
    assert found["lexical"] == found["catalog"]
    assert found["dense"] == found["catalog"]
    assert found["lost"] <= lost, (
        f"the dense index does not find {found['lost']:.1%} of the passages by their own vector"
    )
    assert found["pending"] == 0
    assert found["notices"] == []
    assert _real(found["unsound"]) == {}


def problems(kb):
    """What `kb doctor` finds wrong, part by part; empty when healthy."""
    return _real(
        {check["part"]: check["problem"] for check in kb("doctor", "--json").json["checks"]}
    )


def _real(problems):
    left = {
        part: problem.replace(_FALSE_ALARM, "").strip("; ") for part, problem in problems.items()
    }
    return {part: problem for part, problem in left.items() if problem}


def stored(home, *, but=("ingested_at",)):
    """All rows of the catalog's tables that say what was ingested, without the columns `but`."""
    database = sqlite3.connect(f"file:{home / 'catalog.sqlite3'}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    tables = ("documents", "passages", "vectors", "facets", "skips")
    with database:
        rows = {
            name: [dict(row) for row in database.execute(f"SELECT * FROM {name}")]
            for name in tables
        }
    database.close()
    return {
        name: sorted(
            json.dumps({k: v for k, v in row.items() if k not in but}, default=bytes.hex)
            for row in found
        )
        for name, found in rows.items()
    }


def limited(kb, *arguments, file_bytes=_LARGEST_FILE, stdin=b"", env=None):
    """Run `kb` where no file may grow beyond `file_bytes`, as on a full disk."""
    program = kb.argv(*arguments)[1:]
    return fork_client().run(program, kb.environment(env), stdin=stdin, file_bytes=file_bytes)
