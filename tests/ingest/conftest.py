"""Reading one file as an ingest would: the real readers, splitter, embedder and catalog, in this
process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.assembly import Prepared, document_id, joined
from ingest.parsed import Unreadable
from ingest.prepare import Failed, Order, prepare
from kb.catalog import Catalog
from kb.catalog.rows import Fingerprint
from kb.settings import Settings
from kb.types import Document, Kind, Passage


@dataclass(frozen=True)
class Reading:
    """A file's document and passages as the catalog gives them back."""

    document: Document
    passages: list[Passage]

    @property
    def texts(self) -> list[str]:
        return [passage.text for passage in self.passages]

    @property
    def said(self) -> list[tuple[str | None, str]]:
        """(speaker, text) of each passage."""
        return [(passage.anchor.speaker, passage.text) for passage in self.passages]


def _order(
    path: Path,
    kind: Kind | None = None,
    meta: Mapping[str, str] | None = None,
    chars: int = Settings().passage_chars,
) -> Order:
    settings = Settings(passage_chars=chars)
    return Order(
        str(path),
        path.stat().st_size,
        path.name,
        document_id(path.name),
        kind,
        meta or {},
        settings,
    )


@pytest.fixture(scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    store = Catalog(tmp_path_factory.mktemp("catalog") / "catalog.sqlite")
    yield store
    store.close()


@pytest.fixture
def read_file(catalog: Catalog) -> Callable[..., Reading]:
    """`read_file(path)`: what is stored of that file, or Unreadable. Options: kind, meta, chars
    (passage size).
    """

    def _read(path: Path, **options: object) -> Reading:
        order = _order(path, **options)
        outcomes = [outcome for _, outcome in prepare(order)]
        if isinstance(outcomes[-1], Failed):
            raise Unreadable(outcomes[-1].skip.reason)
        assert all(isinstance(outcome, Prepared) for outcome in outcomes)
        outcome = joined(outcomes)
        fingerprint = Fingerprint(order.document, order.size, 0, outcome.content, "")
        catalog.replace(outcome.stored, fingerprint, outcome.sketches, "2026-01-01T00:00:00Z")
        document = catalog.document(order.document)
        assert document is not None
        return Reading(document, catalog.passages_of(order.document))

    return _read


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """`write("notes.md", text or bytes, sidecar="title: ...")`: the path of a new file."""

    def _write(name: str, content: str | bytes, sidecar: str = "") -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if sidecar:
            (folder / f"{name}.meta.yaml").write_text(sidecar, "utf-8")
        return path

    return _write


@pytest.fixture
def read(write: Callable[..., Path], read_file: Callable[..., Reading]) -> Callable[..., Reading]:
    """`read("notes.md", text or bytes)`: what would be stored. Options: sidecar, kind, meta, chars."""

    def _read(name: str, content: str | bytes, sidecar: str = "", **options: object) -> Reading:
        return read_file(write(name, content, sidecar), **options)

    return _read


@pytest.fixture
def refusal(read: Callable[..., Reading]) -> Callable[..., str]:
    """`refusal("notes.md", text or bytes)`: the reason for which the file is skipped."""

    def _refusal(name: str, content: str | bytes, **options: object) -> str:
        with pytest.raises(Unreadable) as caught:
            read(name, content, **options)
        return str(caught.value)

    return _refusal
