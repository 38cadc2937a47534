"""The two projections, kept in step with the catalog: caught up, checked, healed, swapped."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar, cast

from kb.catalog import Catalog
from kb.catalog.rows import Entry, ProjectionState
from kb.errors import DiskFull, KbError, ProjectionDamaged
from kb.home import Home, Notify, silent
from kb.projections import PROJECTIONS, Projection, Scored, generations, translated
from kb.projections.generations import copy_files, differences, look_at, open_projection, stand_in
from kb.projections.trial import passages_held
from kb.stages import stage
from kb.types import Ways

if TYPE_CHECKING:
    from kb.arrays import Vectors
    from kb.projections.dense import Dense
    from kb.projections.lexical import Lexical

_BATCH = 4000
_PROBES = 20  # searches of a check
T = TypeVar("T")


@dataclass(slots=True)
class _Draft:
    """A generation that is being written and does not serve yet. `applied` is the last outbox row
    in it.

    Until something changes there is no new generation.
    """

    applied: int
    generation: str = ""
    projection: Projection | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of checking one part. `problem` is empty when it is sound."""

    part: str
    problem: str


class Index:
    """Searches both projections and brings them up to date.

    Each projection lives in a folder named after its generation; the catalog says which generation
    serves, and how its files must look. A folder that serves is never written again: changes go
    into a copy, which takes over by one row of the catalog. So a killed writer leaves nothing torn,
    readers are never disturbed, and a folder that was damaged all the same is recognised by its
    files before an engine opens them, and built anew from the catalog. Methods that write
    (`catch_up`, `rebuild`) want the one-writer lock to be held by the caller.
    """

    def __init__(
        self, home: Home, catalog: Catalog, notify: Notify = silent, embedder: str = ""
    ) -> None:
        """`embedder` names whose vectors a first dense index is to hold; later ones hold those of
        the one before.
        """
        self._home = home
        self._catalog = catalog
        self._notify = notify
        self._embedder = embedder
        self._open: dict[str, tuple[str, Projection]] = {}
        self._drafts: dict[str, _Draft] = {}
        self._stand_ins: list[TemporaryDirectory[str]] = []

    # --- reading ----------------------------------------------------------------------------------

    @stage("lexical")
    def search_words(
        self,
        question: Collection[str | Ways],
        limit: int,
        within: Collection[str] | None,
        boosts: Mapping[str, float] | None = None,
    ) -> Scored:
        """The lexical leg: (passage id, BM25 score), best first.

        The question is a sequence of index words, or of groups of alternatives. `boosts` multiply
        the weights of fields.
        """
        return self._reading(
            "lexical",
            lambda p: cast("Lexical", p).search(list(question), limit, within, boosts),
            [],
        )

    @stage("dense")
    def search_vector(self, vector: Vectors, limit: int, within: Collection[str] | None) -> Scored:
        """The dense leg: (passage id, cosine), best first."""
        return self._reading("dense", lambda p: cast("Dense", p).search(vector, limit, within), [])

    def document_frequency(self, question: Collection[str]) -> dict[str, int]:
        """The number of passages that hold each index word."""
        return self._reading(
            "lexical", lambda p: cast("Lexical", p).document_frequency(list(question)), {}
        )

    def passages(self) -> int:
        """How many passages can be found by words."""
        return self._reading("lexical", lambda p: p.count(), 0)

    def _reading(self, name: str, read: Callable[[Projection], T], nothing: T) -> T:
        if self._catalog.projection(name) is None and self._catalog.last_seq() == 0:
            return nothing  # nothing was ever ingested
        try:
            return read(self._serving(name))
        except ProjectionDamaged:
            self._open.pop(name, None)
        try:
            return read(
                self._serving(name)
            )  # another process may have swapped the folder between two looks
        except ProjectionDamaged:
            try:
                with self._home.writing_if_free() as is_ours:
                    if not is_ours:
                        raise self._unhealed(name)
                    return self._read_or_heal(name, read)
            except KbError as error:
                if name == "lexical":  # without it the sources would seem to be silent
                    raise
                self._notify(f"{error}; searching without it")
                return nothing

    def _unhealed(self, name: str) -> KbError:
        """Why a damaged index is left as it is."""
        if self._catalog.read_only or not os.access(self._home.path, os.W_OK):
            return KbError(
                f"the {name} index is damaged, and can't be built anew where nothing can be written",
                "mend it where it can be written: kb doctor --repair",
            )
        return KbError(
            f"the {name} index is still being built by another kb",
            "ask again when its ingest has finished",
        )

    def _read_or_heal(self, name: str, read: Callable[[Projection], T]) -> T:
        """Read once more, now that nobody writes: another process may have swapped the folder, or
        healed it.
        """
        self._open.pop(name, None)
        try:
            return read(self._serving(name))
        except ProjectionDamaged:
            self._heal(name)
        try:
            return read(self._serving(name))
        except ProjectionDamaged as error:
            raise KbError(
                f"the {name} index can't be read, not even built anew: {error}", "kb doctor"
            ) from error

    def _serving(self, name: str) -> Projection:
        """The open projection of the generation that the catalog names. Raises ProjectionDamaged."""
        state = self._catalog.projection(name)
        if state is None:
            raise ProjectionDamaged(f"{name}: never built")
        if name not in self._open or self._open[name][0] != state.generation:
            place = self._place(name, state)
            try:
                opened = open_projection(name, place)
            except DiskFull:
                opened = open_projection(name, self._stand_in(name, place, state))
            self._open[name] = (state.generation, opened)
        return self._open[name][1]

    def _place(self, name: str, state: ProjectionState, *, thorough: bool = False) -> Path:
        """The folder to open a generation in. Raises ProjectionDamaged where its files are not
        sound.

        Engines write locks even to read, and SQLite writes beside its databases: where nothing can
        be written, a temporary folder takes its place.
        """
        if not generations.is_name(state.generation):
            raise ProjectionDamaged(f"{name}: no generation is called like that")
        folder = self._home.indexes / state.generation
        harm = differences(folder, state.files, thorough=thorough)
        if harm:
            raise ProjectionDamaged(f"{name}: {harm}")
        return folder if os.access(folder, os.W_OK) else self._stand_in(name, folder, state)

    def _stand_in(self, name: str, folder: Path, state: ProjectionState) -> Path:
        """A folder on a mount that has room, which goes when this process ends. Raises KbError."""
        try:
            temporary = TemporaryDirectory(prefix=f"kb-{name}-", ignore_cleanup_errors=True)
            self._stand_ins.append(temporary)
            stand_in(folder, Path(temporary.name), state.files)
        except OSError as error:
            raise KbError(
                f"the {name} index can't be read where nothing can be written: {error.strerror}",
                "set TMPDIR to a folder with some room",
            ) from error
        return Path(temporary.name)

    # --- writing ----------------------------------------------------------------------------------

    @stage("index")
    def catch_up(
        self,
        fresh: Mapping[str, Entry] | None = None,
        *,
        more: bool = False,
        seconds: float = inf,
    ) -> None:
        """Apply what the outbox holds to both projections. `fresh` spares reading entries back that
        were just written.

        With `more` to come nothing takes over yet; without, what was written serves from now on.
        After so many `seconds` of each projection no further batch is begun; the rest stays in the
        outbox.
        """
        for name in PROJECTIONS:
            try:
                self._follow(name, fresh or {}, seconds)
                if not more:
                    self._publish(name)
            except ProjectionDamaged:
                self._drafts.pop(name, None)
                self._heal(name)

    def _follow(self, name: str, fresh: Mapping[str, Entry], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        state = self._catalog.projection(name)
        if name not in self._drafts:
            applied = state.applied if state else 0
            if state is not None and not self._catalog.counts().passages:
                applied = (
                    self._catalog.last_seq()
                )  # engines keep odd files of what was deleted: begin empty instead
                self._drafts[name] = _Draft(applied)
                self._opened(name, None)
            self._drafts.setdefault(name, _Draft(applied))
        draft = self._drafts[name]
        while rows := self._catalog.outbox(draft.applied, _BATCH):
            looked_at = (pid for _, pid, only_vector in rows if name == "dense" or not only_vector)
            ids = list(dict.fromkeys(looked_at))
            known = self._current(name, ids, fresh)
            gone = [pid for pid in ids if pid not in known]
            if name == "dense" and gone:  # most of them are new, and wait for their vectors
                projection = draft.projection or (self._serving(name) if state else None)
                gone = cast("Dense", projection).held(gone) if projection else []
            if known or gone:
                self._opened(name, state).apply(list(known.values()), gone)
            draft.applied = rows[-1][0]
            if time.monotonic() > deadline:
                break
        if state is None:
            self._opened(name, None)  # an empty knowledge base has indexes too

    def _opened(self, name: str, state: ProjectionState | None) -> Projection:
        """The generation being written: begun as a copy of the one that serves, or empty when there
        is none.
        """
        draft = self._drafts[name]
        if draft.projection is None:
            if state is not None:
                self._serving(name)  # a damaged one must not be copied
            draft.generation = generations.new_name(name)
            folder = self._home.indexes / draft.generation
            generations.begin(folder, self._home.path)
            if state is not None:
                with translated(name):
                    copy_files(self._home.indexes / state.generation, folder, state.files)
            draft.projection = open_projection(name, folder)
        return draft.projection

    def _publish(self, name: str) -> None:
        """Have the generation that was written serve from now on."""
        draft = self._drafts.pop(name, None)
        if draft is None:
            return
        state = self._catalog.projection(name)
        if draft.projection is None:
            if state is not None and state.applied < draft.applied:
                self._catalog.set_projection(name, replace(state, applied=draft.applied))
            return
        draft.projection.close()
        files = look_at(self._home.indexes / draft.generation)
        embedder = self._vectors_of() if name == "dense" else ""
        self._catalog.set_projection(
            name, ProjectionState(draft.generation, draft.applied, files, embedder)
        )
        self._sweep()

    def _vectors_of(self) -> str:
        """The embedder whose vectors the dense index holds, or is to hold."""
        return self._catalog.serving() or self._embedder

    def _current(self, name: str, ids: list[str], fresh: Mapping[str, Entry]) -> dict[str, Entry]:
        """The entries of `ids` as the catalog has them now; the outbox only names passages that
        changed.
        """
        if name == "dense":
            vectors = self._catalog.vectors(ids, self._vectors_of())
            return {pid: Entry(pid, vector=vector) for pid, vector in vectors.items()}
        stale = [pid for pid in ids if pid not in fresh]
        return {**{pid: fresh[pid] for pid in ids if pid in fresh}, **self._catalog.entries(stale)}

    def rebuild(self, name: str, embedder: str = "") -> None:
        """Build `name` anew from the catalog, then let it serve. A crash on the way leaves the old
        one serving.

        With an embedder the dense index holds its vectors from now on.
        """
        generation = generations.new_name(name)
        folder = self._home.indexes / generation
        reached = self._catalog.last_seq()
        ids = sorted(self._catalog.passage_ids())
        vectors_of = (embedder or self._vectors_of()) if name == "dense" else ""
        try:
            generations.begin(folder, self._home.path)
            built = open_projection(name, folder)
            for begin in range(0, max(1, len(ids)), _BATCH):
                batch = ids[begin : begin + _BATCH]
                if name == "dense":
                    vectors = self._catalog.vectors(batch, vectors_of)
                    entries = [Entry(pid, vector=vector) for pid, vector in vectors.items()]
                else:
                    entries = list(self._catalog.entries(batch).values())
                built.apply(entries, [])
            built.close()
            files = look_at(folder)
            self._drafts.pop(name, None)
            self._catalog.set_projection(
                name, ProjectionState(generation, reached, files, vectors_of), whole=True
            )
            self._sweep()
        except ProjectionDamaged as error:
            self._drafts.pop(name, None)
            generations.remove(folder, self._home.path)
            raise KbError(f"the {name} index can't be built: {error}", "kb doctor") from error
        except KbError:  # of a full disk: what was written of it only takes more room
            generations.remove(folder, self._home.path)
            raise

    def _heal(self, name: str) -> None:
        first = self._catalog.projection(name) is None
        self.rebuild(name)
        if not first:
            self._notify(
                f"the {name} index was damaged and has been rebuilt from the catalog; nothing is lost"
            )

    def _sweep(self) -> None:
        """Remove the folders of this home's generations that no longer serve."""
        keep = {
            state.generation for name in PROJECTIONS if (state := self._catalog.projection(name))
        }
        keep |= {draft.generation for draft in self._drafts.values()}
        for folder in self._home.indexes.iterdir():
            if folder.name not in keep:
                generations.remove(folder, self._home.path)

    # --- checking ---------------------------------------------------------------------------------

    def check(self) -> list[Finding]:
        """Hold both projections against the catalog, id by id, and try a search in each."""
        return [Finding(f"{name} index", self._problem(name)) for name in PROJECTIONS]

    def _problem(self, name: str) -> str:
        wanted = self._catalog.passage_ids()
        state = self._catalog.projection(name)
        if state is None:
            return "not built yet" if wanted else ""
        if name == "dense":
            wanted -= self._catalog.waiting_ids()
        try:
            place = self._place(name, state, thorough=True)
            ids = passages_held(name, place, self._probes(wanted) if name == "dense" else [])
        except ProjectionDamaged as error:
            return f"damaged ({error})"
        missing, extra = len(wanted - ids), len(ids - wanted)
        return f"{missing} passages missing, {extra} too many" if missing or extra else ""

    def _probes(self, wanted: set[str]) -> list[Vectors]:
        """Vectors of a few passages: a torn vector file only shows when it is searched."""
        sample = sorted(wanted)[:: max(1, len(wanted) // _PROBES)]
        return list(self._catalog.vectors(sample, self._catalog.serving()).values())
