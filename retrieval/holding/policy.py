"""The community's rules, from `community.toml` in the home: which answers wait for a person,
channel by channel, and what no answer may hold.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from kb.errors import KbError

COMMUNITY_FILE = "community.toml"
DEFAULT = "default"
_SEE = "what may stand there: docs/holding.md"
_ROUTE = "channel:"

HoldPolicy = Literal["always", "unsure", "never"]


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """Which answers of a channel are held, and what happens when nobody decides in time.

    With `hold` unsure those are held whose confidence is below `below`, that have an unsupported
    sentence, that touch one of `topics`, and the first `new_writers` of an asker.
    """

    hold: HoldPolicy = "never"
    below: float = 0.5
    topics: tuple[str, ...] = ()
    new_writers: int = 0
    timeout_hours: float = 0.0
    on_timeout: str = "decline"

    @property
    def holds(self) -> bool:
        """Whether any answer may be held."""
        return self.hold != "never"

    @property
    def timeout_channel(self) -> str:
        """The channel whose reviewers are asked when nobody decided in time; empty for none."""
        return self.on_timeout.removeprefix(_ROUTE) if self.on_timeout.startswith(_ROUTE) else ""


@dataclass(frozen=True, slots=True)
class Disclaimer:
    """A paragraph that ends answers: all of them, or those that touch one of the topics `when`."""

    text: str
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What is checked on every answer, held or not. Links are domains."""

    forbidden_topics: tuple[str, ...] = ()
    forbidden_words: tuple[str, ...] = ()
    forbidden_links: tuple[str, ...] = ()
    disclaimers: tuple[Disclaimer, ...] = ()

    @property
    def forbids_wording(self) -> bool:
        """Whether any answer may be refused for what it says."""
        return bool(self.forbidden_words or self.forbidden_links)


@dataclass(frozen=True, slots=True)
class Community:
    """The rules, and the policy of each channel that has one of its own."""

    rules: Rules = Rules()
    channels: Mapping[str, ChannelPolicy] = field(default_factory=dict)

    def channel(self, name: str) -> ChannelPolicy:
        """The policy of a channel: its own, else the default one. Nothing is held without a
        channel.
        """
        if not name:
            return ChannelPolicy()
        return self.channels.get(name) or self.channels.get(DEFAULT) or ChannelPolicy()


def load_community(home: Path) -> Community:
    """The rules of a home; none without a file. Raises KbError naming the place that is wrong."""
    path = home / COMMUNITY_FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Community()
    except OSError as error:
        raise KbError(f"{path} can't be read: {error.strerror}") from error
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise KbError(f"{path} is not valid TOML: {error}", _SEE) from error
    return _Reading(path).community(table)


class _Reading:
    """Reads the tables of a file; what is wrong is told with its place."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def community(self, table: Mapping[str, Any]) -> Community:
        """The whole file."""
        self._check_names(table, ("channel", "rules"), "")
        tables = self._table(table.get("channel", {}), "channel")
        channels = {name: self._channel(each, f"channel.{name}") for name, each in tables.items()}
        for name in channels:
            self._check_route(name, channels)
        return Community(self._rules(self._table(table.get("rules", {}), "rules")), channels)

    def _channel(self, value: Any, place: str) -> ChannelPolicy:
        table = self._table(value, place)
        self._check_names(table, ChannelPolicy.__slots__, f"{place}.")
        hold = table.get("hold", "never")
        if hold not in ("always", "unsure", "never"):
            raise self._wrong(f"{place}.hold", '"always", "unsure" or "never"')
        policy = ChannelPolicy(
            hold,
            self._number(table.get("below", 0.5), f"{place}.below", 1.0),
            self._texts(table.get("topics", []), f"{place}.topics"),
            int(self._number(table.get("new_writers", 0), f"{place}.new_writers", 1e6, whole=True)),
            self._number(table.get("timeout_hours", 0), f"{place}.timeout_hours", 1e6),
            self._route(table.get("on_timeout", "decline"), f"{place}.on_timeout"),
        )
        conditions = [name for name in ("below", "topics", "new_writers") if name in table]
        if conditions and hold != "unsure":
            raise self._wrong(f"{place}.{conditions[0]}", 'left out, unless hold = "unsure"')
        if "on_timeout" in table and not policy.timeout_hours:
            raise self._wrong(f"{place}.on_timeout", "with timeout_hours above 0")
        return policy

    def _route(self, value: Any, place: str) -> str:
        named = isinstance(value, str) and value.startswith(_ROUTE) and value != _ROUTE
        if value in ("decline", "send") or named:
            return str(value)
        raise self._wrong(place, '"decline", "send" or "channel:NAME"')

    def _check_route(self, name: str, channels: Mapping[str, ChannelPolicy]) -> None:
        """Raise KbError where a time-out leads nowhere, or round in a circle."""
        route, place = [name], f"channel.{name}.on_timeout"
        while target := channels[route[-1]].timeout_channel:
            if target not in channels:
                raise self._wrong(place, f"the name of a channel of this file, not {target}")
            if target in route:
                raise self._wrong(place, "a way that ends, not one that leads round in a circle")
            route.append(target)

    def _rules(self, table: Mapping[str, Any]) -> Rules:
        lists = ("forbidden_topics", "forbidden_words", "forbidden_links", "disclaimers")
        self._check_names(table, (*lists, "disclaimer"), "rules.")
        topics, words, links, plain = (
            self._texts(table.get(name, []), f"rules.{name}") for name in lists
        )
        own = table.get("disclaimer", [])
        if not isinstance(own, list):
            raise self._wrong("rules.disclaimer", "written as [[rules.disclaimer]]")
        disclaimers = [Disclaimer(text) for text in plain]
        for number, each in enumerate(own, start=1):
            place = f"rules.disclaimer[{number}]"
            entry = self._table(each, place)
            self._check_names(entry, ("when", "text"), f"{place}.")
            text = self._texts([entry.get("text")], f"{place}.text")[0]
            disclaimers.append(
                Disclaimer(text, self._texts(entry.get("when", []), f"{place}.when"))
            )
        return Rules(topics, words, tuple(map(_domain, links)), tuple(disclaimers))

    def _check_names(self, table: Mapping[str, Any], known: Sequence[str], within: str) -> None:
        for name in table:
            if name not in known:
                raise KbError(f"{self._path}: there is no setting {within}{name}", _SEE)

    def _table(self, value: Any, place: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._wrong(place, f"a table, written as [{place}]")
        return value

    def _texts(self, value: Any, place: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(map(_has_text, value)):
            raise self._wrong(place, "text, without any that is empty")
        return tuple(each.strip() for each in value)

    def _number(self, value: Any, place: str, most: float, *, whole: bool = False) -> float:
        kinds = (int,) if whole else (int, float)
        if not isinstance(value, kinds) or isinstance(value, bool) or not 0 <= value <= most:
            noun = "whole number" if whole else "number"
            raise self._wrong(place, f"a {noun} from 0 to {most:g}")
        return float(value)

    def _wrong(self, place: str, wanted: str) -> KbError:
        return KbError(f"{self._path}: {place} must be {wanted}", _SEE)


def _has_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _domain(link: str) -> str:
    """The domain of a link, however it is written."""
    bare = link.lower().partition("://")[2] or link.lower()
    return bare.partition("/")[0].removeprefix("www.").strip(".")
