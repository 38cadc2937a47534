"""Slack's exports: an archive of channels, a file a day, put together channel by channel for
`readers.slack`; and of canvases, which programs such as slackdump download with the other files.

A canvas is read where it is known to be a channel's, or to be shared in one. Direct messages, of
two or of several people, are private: they are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ingest.parsed import Unreadable
from ingest.parsing.decode import decode
from ingest.parsing.made_page import made_page
from ingest.parsing.messages import from_epoch, mapping, mappings, string

CHANNEL = "slack-channel"  # under "kb": what tells such a file from others
# characters of day files in one file: with all that is made of them, it fits in memory
_LARGEST = 32_000_000
_DAY = re.compile(r"((?:.*/)?)([^/]+)/(\d{4}-\d{2}-\d{2}\.json)", re.S)
_DIRECT = re.compile(r"D[A-Z0-9]{7,}|mpdm-.*", re.S)
_ID = re.compile(r"\b[UWCG][A-Z0-9]+\b")
_FILE_ID = re.compile(r"(?:.*[/-])?(F[A-Z0-9]{6,})[/-][^/]*", re.S)
_CANVAS = b'class="quip-canvas-content"'
_CANVAS_START = 1000  # bytes in which a canvas shows that it is one
_EMBEDDED = re.compile(r"File ID: sf:\w+, File URL: [^\s<>]*/([^/\s<>]+)")
_MENTION = re.compile(r"@([UW][A-Z0-9]{6,})\b")


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
    rooms = _rooms(top, names, read)
    listed = _by_folder(rooms)
    called = {string(each.get("id")): string(each.get("name")) for each in rooms}
    people = _people(top, names, read)
    for folder, paths in _days(top, names, listed).items():
        channel = _Channel(folder, listed.get(folder, {"name": folder}), people, called)
        yield from channel.files(
            (path.rpartition("/")[2], text) for path, text in _texts(paths, read)
        )


def canvases(names: Collection[str], read: Callable[[str], bytes]) -> Iterator[tuple[str, bytes]]:
    """(name, page) of each canvas in an export that belongs to a channel, or is shared in one."""
    top = _top(names)
    files = {match[1]: name for name in names if (match := _FILE_ID.fullmatch(name))}
    pages = {key: page for key, page in _pages(files, read) if _CANVAS in page[:_CANVAS_START]}
    if top is None or not pages:
        return
    people = _people(top, names, read)
    known = _shared_files(top, names, read)
    for key, page in pages.items():
        if key in known:
            about = known[key]
            title = string(about.get("title")) or string(about.get("name"))
            made = from_epoch(about.get("created"))
            body = _EMBEDDED.sub(r"[file: \1]", decode(page))
            body = _MENTION.sub(lambda user: f"@{people.get(user[1]) or user[1]}", body)
            yield (
                f"{files[key].removesuffix('.html')}.html",
                made_page(
                    body,
                    title,
                    date=made.date().isoformat() if made else "",
                    url=string(about.get("permalink")),
                    author=people.get(string(about.get("user")), ""),
                ),
            )


def _pages(files: Mapping[str, str], read: Callable[[str], bytes]) -> Iterator[tuple[str, bytes]]:
    """What is in each of the files that may be a page, by their ids."""
    for key, name in files.items():
        base = name.rpartition("/")[2]
        if "." not in base or base.lower().endswith((".html", ".quip", ".canvas")):
            with suppress(Unreadable):
                yield key, read(name)


def _shared_files(
    top: str, names: Collection[str], read: Callable[[str], bytes]
) -> dict[str, Mapping[str, Any]]:
    """What is known of each file that channels have as their canvas, or that is shared in them."""
    rooms = _rooms(top, names, read)
    found: dict[str, Mapping[str, Any]] = {}
    for room in rooms:
        own = mapping(mapping(room.get("properties")).get("canvas"))
        found.setdefault(string(own.get("file_id")), {})
    shared = [
        each
        for each in _listed(f"{top}canvases.json", names, read)
        if each.get("channels") or each.get("groups")
    ]
    for paths in _days(top, names, _by_folder(rooms)).values():
        for path in paths:
            for message in _listed(path, names, read):
                shared += mappings(message.get("files"))
    found.update((string(each.get("id")), each) for each in shared)
    return found


def _rooms(
    top: str, names: Collection[str], read: Callable[[str], bytes]
) -> list[Mapping[str, Any]]:
    """The channels that an export lists, private ones first."""
    lists = (_listed(f"{top}{kind}.json", names, read) for kind in ("groups", "channels"))
    return [room for rooms in lists for room in rooms]


def _by_folder(rooms: list[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The channels by what their folders may be called."""
    return {
        folder: room
        for room in rooms
        for key in ("id", "name")
        if (folder := string(room.get(key)))
    }


def _people(top: str, names: Collection[str], read: Callable[[str], bytes]) -> dict[str, str]:
    """The names of users by their ids."""
    users = _listed(f"{top}users.json", names, read)
    return {string(each.get("id")): person(each) for each in users}


def _days(
    top: str, names: Collection[str], listed: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[str]]:
    """The day files of each channel, by its folder."""
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
    return days


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
