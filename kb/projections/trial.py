"""An engine tried in a process of its own: files that it can't bear end that process, not ours."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kb.errors import ProjectionDamaged
from kb.projections.generations import open_projection

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from kb.arrays import Vectors
    from kb.projections.dense import Dense

_LONGEST = 600.0  # seconds; an engine may also turn in circles over a torn file


def passages_held(name: str, folder: Path, vectors: Sequence[Vectors]) -> set[str]:
    """The ids that an index holds, after a search for each of the vectors.

    Raises ProjectionDamaged where the engine can't open or search it, crashes, or does not end.
    """
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    answers, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_try, args=(theirs, name, folder, list(vectors)), daemon=True)
    process.start()
    theirs.close()
    try:
        if not answers.poll(_LONGEST):
            raise ProjectionDamaged(f"{name}: the engine does not end")
        ids, problem = answers.recv()
    except (EOFError, OSError):
        process.join()
        raise ProjectionDamaged(f"{name}: {_how_it_ended(process.exitcode)}") from None
    finally:
        answers.close()
        process.kill()
        process.join()
    if problem:
        raise ProjectionDamaged(problem)
    return cast("set[str]", ids)


def _try(answers: Connection, name: str, folder: Path, vectors: Sequence[Vectors]) -> None:
    try:
        projection = open_projection(name, folder)
        ids = projection.ids()
        for vector in vectors:
            if not cast("Dense", projection).search(vector, 1):
                raise ProjectionDamaged(f"{name}: a search finds nothing")
        answers.send((ids, ""))
    except Exception as error:
        answers.send((set(), f"{error}"))


def _how_it_ended(code: int | None) -> str:
    with suppress(ValueError):
        if code and code < 0:
            return f"the engine crashed on it ({signal.Signals(-code).name})"
    return "the engine can't be run on it"
