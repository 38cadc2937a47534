"""What an ingest has to do: which files are new, changed or gone, and how each of them is read."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TypeVar

from ingest.archives import archive_of, is_archive
from ingest.assembly import document_id
from ingest.connectors import Loaded
from ingest.forgotten import Forgotten
from ingest.limits import is_due, split_recipe
from ingest.mail_files import mail_threads
from ingest.moves import Moves, find_moves
from ingest.parsed import File
from ingest.parsing import recognition
from ingest.prepare import Order
from ingest.readers import is_recording, may_hold_pictures
from ingest.sources import Source, short_name, source_name, vanished, walk
from kb.catalog.rows import Fingerprint, Relocation, SkipRecord
from kb.erasure.ledger import rules_of
from kb.erasure.rules import Rules
from kb.knowledge import KnowledgeBase
from kb.settings import ReadingSettings
from kb.types import Kind, Skip

# Raise it when readers or the splitter change what they give: every file is then read again.
READING_VERSION = 8
_SHOWN = 3  # names in a notice
_LINKED = "linked"  # the key of a recipe for what was read through a followed link
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for in all files of a run."""

    kind: Kind | None
    meta: Mapping[str, str]
    keep_missing: bool
    follow_links: bool


@dataclass(slots=True)
class Plan:
    """What the walk found that there is to do, and what not. `orders` say how to read which files;
    `sources` and `recipes` are by their paths.
    """

    sources: dict[str, Source]
    orders: list[Order]
    recipes: dict[str, str]
    gone: list[str]  # documents of files that are to be removed
    forgotten: list[str]  # files that were skipped, and are gone
    moved: list[Relocation]
    unchanged: int
    skipped: list[Skip]


def make_plan(
    kb: KnowledgeBase, paths: Sequence[Path], loaded: Sequence[Loaded], given: Wishes
) -> Plan:
    """Compare the files below the paths, and what was loaded, with what is known of them."""
    skips = kb.catalog.skips()
    walked = walk(paths, kb.home.path, follow_links=given.follow_links)
    items = [*walked, *chain.from_iterable(each.sources for each in loaded)]
    formerly = kb.catalog.fingerprints()
    moves = Moves() if given.keep_missing else find_moves(formerly, items)
    known = moves.applied(formerly)
    gone = list(dict.fromkeys([*_gone(kb, known, paths, loaded, given), *moves.replaced]))
    owners = _owners(kb, {*gone, *moves.moved.values()})
    names = {path: name for name, path in owners.items()}
    within, refused_within = _by_archive(known), _by_archive(skips)
    threads = mail_threads(items, kb.catalog, set(gone))
    plan = Plan({}, [], {}, [known[path].document for path in gone], [], [], 0, [])
    plan.moved += (move for move in _moved(moves, items, owners) if move.old_path in formerly)
    taken = {fingerprint.document for fingerprint in known.values()} - set(plan.gone)
    apart: list[str] = []
    rules = rules_of(kb.home.path)
    for item in _remembered(items, rules, plan):
        before = _of(item.path, within, known)
        earlier = threads.earlier(item.location)
        recipe = _recipe(kb, item, given, next(iter(before.values()), None), earlier)
        refused = list(_of(item.path, refused_within, skips).values())
        if _are_settled(before, refused, (recipe, item.size, item.mtime_ns), kb.settings):
            plan.unchanged += len(before)
            plan.skipped += [Skip(skip.source, skip.reason) for skip in refused]
            continue
        name = names.get(item.path) or source_name(item, owners)
        if _is_named_apart(item, name, names):
            apart.append(name)
        owners[name], names[item.path] = item.path, name
        plan.sources[item.path], plan.recipes[item.path] = item, recipe
        order = _order(kb, item, name, recipe, before, taken, earlier)
        plan.orders.append(replace(order, rules=rules))
    _tell_named_apart(kb, apart)
    plan.forgotten += vanished(list(skips), paths, kb.home.path, follow_links=given.follow_links)
    return plan


def _remembered(items: Iterable[Source | Skip], rules: Rules, plan: Plan) -> Iterator[Source]:
    """The sources that can be read and were not forgotten; the plan skips the others."""
    for item in items:
        if isinstance(item, Skip):
            plan.skipped.append(item)
        elif date := rules.source_date(item.path):
            plan.skipped.append(Skip(short_name(item), str(Forgotten(date))))
        else:
            yield item


def _moved(
    moves: Moves, items: Iterable[Source | Skip], owners: dict[str, str]
) -> list[Relocation]:
    """Where moved files and archives are now, and their names there, which they own from now on."""
    names: dict[str, str] = {}
    for item in items:
        if isinstance(item, Source) and item.path in moves.moved:
            name = source_name(item, owners)
            owners[name], names[item.path] = item.path, name
    relocations = []
    for new, old in moves.moved.items():
        file = new if new in names else archive_of(new) or new
        relocations.append(Relocation(old, new, f"{names[file]}{new.removeprefix(file)}"))
    return relocations


def _is_named_apart(source: Source, name: str, names: Mapping[str, str]) -> bool:
    """Whether a new file needs folders before its name; what a connector gives has no folder."""
    return source.data is None and source.path not in names and name != short_name(source)


def _gone(
    kb: KnowledgeBase,
    known: Mapping[str, Fingerprint],
    paths: Sequence[Path],
    loaded: Sequence[Loaded],
    given: Wishes,
) -> list[str]:
    """The known files that are to be removed: not below the paths any more, nor given by what is
    loaded.
    """
    if given.keep_missing:
        return []
    linked = [path for path, each in known.items() if _is_linked(each)]
    left = vanished(
        list(known), paths, kb.home.path, follow_links=given.follow_links, linked=linked
    )
    return [*left, *_no_longer(known, loaded)]


def _owners(kb: KnowledgeBase, leaving: Collection[str]) -> dict[str, str]:
    """Which file, of those that stay, or which archive owns each source name."""
    owners = {name: path for name, path in kb.catalog.sources().items() if path not in leaving}
    _name_archives(owners)
    return owners


def _of(path: str, within: Mapping[str, Sequence[str]], known: Mapping[str, _T]) -> dict[str, _T]:
    """What is known of a file, or of the files in it where it is an archive, by path."""
    return {each: known[each] for each in (path, *within.get(path, ())) if each in known}


def _is_linked(known: Fingerprint) -> bool:
    """Whether a file was read through a link that was followed."""
    return _LINKED in known.recipe and _LINKED in json.loads(known.recipe)


def _are_settled(
    known: Mapping[str, Fingerprint],
    refused: Sequence[SkipRecord],
    state: tuple[str, int, int],
    settings: ReadingSettings,
) -> bool:
    """Whether something is known of a file, and that is all that there is to know, its recipe, size
    and mtime being those now.
    """
    everything: list[Fingerprint | SkipRecord] = [*known.values(), *refused]
    states = {(split_recipe(each.recipe)[0], each.size, each.mtime_ns) for each in everything}
    return states == {state} and not any(is_due(each, settings) for each in refused)


def _tell_named_apart(kb: KnowledgeBase, names: Sequence[str]) -> None:
    """Tell the user of files whose short names other folders' files have."""
    if names:
        some = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
        kb.notify(
            f"{len(names)} with a name that another folder's file has,"
            f" so named with the folder: {some}"
        )


def _no_longer(known: Iterable[str], loaded: Sequence[Loaded]) -> list[str]:
    """Those of the known paths that a connector gave before and does not give now."""
    given = {source.path for each in loaded for source in each.sources}
    roots = tuple(f"{each.root}/" for each in loaded)
    return [path for path in known if path.startswith(roots) and path not in given] if roots else []


def _by_archive(paths: Iterable[str]) -> dict[str, list[str]]:
    """The paths that lead into an archive, by archive."""
    found: dict[str, list[str]] = {}
    for path in paths:
        archive = archive_of(path)
        if archive is not None and archive != path:
            found.setdefault(archive, []).append(path)
    return found


def _name_archives(owners: dict[str, str]) -> None:
    """Let archives own the part of their files' source names that is theirs."""
    for name, path in list(owners.items()):
        archive = archive_of(path)
        if archive is not None and archive != path:
            owners[name.removesuffix(path.removeprefix(archive))] = archive


def _recipe(
    kb: KnowledgeBase,
    source: Source,
    given: Wishes,
    old: Fingerprint | None,
    earlier: Mapping[str, str],
) -> str:
    """How a source is read, as canonical JSON: another recipe means reading it again. `earlier` are
    the ids of the mails that it answers, by path.
    """
    before = json.loads(old.recipe) if old else {}
    given_meta = kb.redactor.value(given.meta) if kb.redactor else given.meta
    merged = {**before.get("meta", {}), **given_meta}
    recipe = {
        "version": READING_VERSION,
        "kind": given.kind or before.get("kind"),
        "meta": {key: value for key, value in merged.items() if value != ""},
        "sidecar": source.sidecar,
        "chars": kb.settings.passage_chars,
    }
    if is_recording(source.path):
        recipe["audio_model"] = kb.settings.audio_model
    holds_pictures = may_hold_pictures(source.path) or is_archive(source.path)
    if holds_pictures and recognition.is_available():
        recipe["ocr"] = True
    if kb.masking:
        recipe["masking"] = kb.masking.digest
    if earlier:
        recipe["answers"] = list(earlier.values())
    if source.linked:
        recipe[_LINKED] = True
    return json.dumps(recipe, ensure_ascii=False, sort_keys=True)


def _order(
    kb: KnowledgeBase,
    source: Source,
    name: str,
    recipe: str,
    before: Mapping[str, Fingerprint],
    taken: Collection[str],
    earlier: Iterable[str],
) -> Order:
    """How to read a source. Its document has the id that it had, else one that is not taken: a
    moved file keeps its own, which a new file at its old place would have as well.
    """
    given = json.loads(recipe)
    old = before.get(source.path)
    return Order(
        path=source.path,
        size=source.size,
        source=name,
        document=old.document if old else _new_id(source, name, taken),
        kind=given["kind"],
        meta={**source.meta, **given["meta"]},
        settings=kb.settings,
        content=old.content if old and old.recipe == recipe else None,
        target=source.target,
        sidecar_target=source.sidecar_target,
        data=source.data,
        inside={
            path: (each.document, each.content if each.recipe == recipe else "")
            for path, each in before.items()
        },
        earlier=tuple(File(Path(path).name, path=path) for path in earlier),
    )


def _new_id(source: Source, name: str, taken: Collection[str]) -> str:
    usual = document_id(name)
    return usual if usual not in taken else document_id(f"{name}\0{source.path}")
