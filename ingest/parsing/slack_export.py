"""Slack's exports: an archive of channels, a file a day, put together channel by channel for
`readers.slack`.

Direct messages, of two or of several people, are private: they are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.parsing.decode import decode
from ingest.parsing.messages import mapping, mappings, string

CHANNEL = "slack-channel"  # under "kb": what tells such a file from others
# characters of day files in one file: with all that is made of them, it fits in memory
_LARGEST = 32_000_000
_DAY = re.compile(r"((?:.*/)?)([^/]+)/(\d{4}-\d{2}-\d{2}\.json)", re.S)
_DIRECT = re.compile(r"D[A-Z0-9]{7,}|mpdm-.*", re.S)
_ID = re.compile(r"\b[UWCG][A-Z0-9]+\b")


def is_export(names: Collection[str]) -> bool:
    """Whether an archive with files of these names is a Slack export, at its top or in the one
    folder there.
    """
    top = _top(names)
    return top is not None and any(
        (day := _DAY.fullmatch(name)) and day[1] == top for name in names
    )


def channels(names: Collection[str], read: Callable[[str], bytes]) -> Iterator[tuple[str, bytes]]:
    """(name, JSON) of a file for each channel of an export, of several for a large one; `read`
    gives what is in a file.

    Damaged day files are left out.
    """
    top = _top(names)
    if top is None:
        return
    rooms = [
        *_listed(f"{top}groups.json", names, read),
        *_listed(f"{top}channels.json", names, read),
    ]
    listed = {
        folder: room
        for room in rooms
        for key in ("id", "name")
        if (folder := string(room.get(key)))
    }
    called = {string(each.get("id")): string(each.get("name")) for each in rooms}
    people = {
        string(each.get("id")): person(each) for each in _listed(f"{top}users.json", names, read)
    }
    days: dict[str, list[str]] = {}
    for name in sorted(names):
        match = _DAY.fullmatch(name)
        if (
            match
            and match[1] == top
            and not private(match[2])
            and (match[2] in listed or not listed)
        ):
            days.setdefault(match[2], []).append(name)
    for folder, paths in days.items():
        channel = _Channel(folder, listed.get(folder, {"name": folder}), people, called)
        yield from channel.files(
            (path.rpartition("/")[2], text) for path, text in _texts(paths, read)
        )


def person(user: Mapping[str, Any]) -> str:
    """What a user, or a message's `user_profile`, is called."""
    profile = mapping(user.get("profile"))
    names = (
        each.get(key) for key in ("real_name", "display_name", "name") for each in (profile, user)
    )
    return next(filter(None, map(string, names)), "")


def private(folder: str) -> bool:
    """Whether a folder of that name in an export holds direct messages."""
    return _DIRECT.fullmatch(folder) is not None


@dataclass(frozen=True, slots=True)
class _Channel:
    folder: str
    about: Mapping[str, Any]
    people: Mapping[str, str]
    called: Mapping[str, str]

    def files(self, days: Iterator[tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
        held: dict[str, str] = {}
        size = number = 0
        for day, text in days:
            if held and size + len(text) > _LARGEST:
                number += 1
                yield self._file(number, held)
                held, size = {}, 0
            held[day] = text
            size += len(text)
        if held:
            yield self._file(number + 1, held)

    def _file(self, number: int, days: Mapping[str, str]) -> tuple[str, bytes]:
        found = {each for text in days.values() for each in _ID.findall(text)}
        whole = {
            "kb": CHANNEL,
            "channel": {
                "id": string(self.about.get("id")),
                "name": string(self.about.get("name")) or self.folder,
                "topic": string(mapping(self.about.get("topic")).get("value")),
                "purpose": string(mapping(self.about.get("purpose")).get("value")),
            },
            "folder": self.folder,
            # Only who occurs in it: a newcomer elsewhere leaves the file as it was.
            "users": {each: self.people[each] for each in sorted(found & self.people.keys())},
            "channels": {each: self.called[each] for each in sorted(found & self.called.keys())},
            "days": days,
        }
        name = (
            f"{self.folder}.slack.json" if number == 1 else f"{self.folder} ({number}).slack.json"
        )
        return name, json.dumps(whole, ensure_ascii=False).encode("utf-8", "replace")


def _top(names: Collection[str]) -> str | None:
    """The folder, with its slash, that lists users and channels: the top of the archive, or the one
    folder there.
    """
    have = set(names)
    tops = {
        name[: -len("users.json")]
        for name in have
        if name.count("/") < 2 and name.endswith("users.json")
    }
    found = [top for top in sorted(tops) if top[-1:] in ("", "/") and f"{top}channels.json" in have]
    return found[0] if found else None


def _listed(
    path: str, names: Collection[str], read: Callable[[str], bytes]
) -> list[Mapping[str, Any]]:
    """The entries of a list in the export; none where there is no such list, or a damaged one."""
    for _, text in _texts([path] if path in names else [], read):
        try:
            return mappings(json.loads(text))
        except (ValueError, RecursionError):
            return []
    return []


def _texts(paths: list[str], read: Callable[[str], bytes]) -> Iterator[tuple[str, str]]:
    """Each file that can be read, with its text."""
    for path in paths:
        try:
            yield path, decode(read(path))
        except MemoryError:
            raise
        except Exception:  # whatever the library for that kind of archive raises on damage
            continue
