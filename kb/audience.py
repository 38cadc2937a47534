"""Audiences: the names that say who may know a source, and whose sources a caller sees.

A source has the audiences that its own metadata name, else those of the first rule of kb.toml that
fits its path, else the default. A caller sees it who has one of them; see `kb.visibility`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from kb.errors import KbError
from kb.settings.layers import CONFIG_FILE, parse, read_content
from kb.text import normalise

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

TABLE = "audience"
KEY = "audience"
PUBLIC = "public"
EVERYTHING = "*"
_DEFAULT = "default"
_CHANNELS = "channels"
_HINT = "what may stand there: docs/audience.md"
_UNNAMEABLE = re.compile("[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: the audiences that the owner gave it, and the channel that the owner put it in.

    Without names it has those of its channel, else of the home's default; `EVERYTHING` among them
    is all there is. `asks_in` is a channel that it chose itself, which takes and never gives.
    """

    names: tuple[str, ...] = ()
    channel: str = ""
    asks_in: str = ""


OWNER = Viewer((EVERYTHING,))
"""The owner of a home, at its terminal: nothing is hidden."""


@dataclass(frozen=True)
class PathRule:
    """The audiences of the sources whose path fits a pattern, in gitignore's syntax, which may
    begin at any folder. Letters count as the same in both cases.
    """

    pattern: str
    audiences: frozenset[str]

    def fits(self, paths: Iterable[str]) -> bool:
        """Whether one of these paths does."""
        return any(self._spec.match_file(_comparable(path).lstrip("/")) for path in paths)

    @cached_property
    def _spec(self) -> GitIgnoreSpec:
        from pathspec import GitIgnoreSpec

        pattern = _comparable(self.pattern)
        anchored = pattern if pattern.startswith("/") else f"**/{pattern}"
        return GitIgnoreSpec.from_lines([anchored])


@dataclass(frozen=True, slots=True)
class AudienceRules:
    """The `[audience]` table of a home's kb.toml."""

    default: frozenset[str] = frozenset([PUBLIC])
    paths: tuple[PathRule, ...] = ()
    channels: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, *paths: str) -> frozenset[str] | None:
        """The audiences that the first rule which fits one of these paths gives; None for none."""
        return next((rule.audiences for rule in self.paths if rule.fits(paths)), None)

    def seen_by(self, viewer: Viewer) -> frozenset[str] | None:
        """The audiences whose sources a viewer sees; None where it sees everything.

        In a channel it sees no more than the channel does.
        """
        names = named(viewer.names) or self.channels.get(viewer.channel, self.default)
        limits = [names, *(self.channels.get(name) for name in (viewer.channel, viewer.asks_in))]
        bounds = [each for each in limits if each is not None and EVERYTHING not in each]
        return frozenset.intersection(*bounds) if bounds else None


def named(names: Iterable[str]) -> frozenset[str]:
    """Names of audiences as they are compared: one spelling for every way of writing one."""
    return frozenset(filter(None, (normalise(name).strip() for name in names)))


def check_name(name: str) -> None:
    """Raise KbError for what can't name an audience."""
    if not name.strip() or _UNNAMEABLE.search(name) or len(name) > 100:
        raise KbError(
            f"{name[:40]!r} can't name an audience", "a name has 1 to 100 characters, on one line"
        )


def read_rules(home: Path) -> AudienceRules:
    """The rules of a home; without any, all is for the public. Raises KbError for a wrong one."""
    path = home / CONFIG_FILE
    return _rules(read_content(path), path)


@lru_cache(maxsize=4)  # every request of a server reads them
def _rules(content: bytes, path: Path) -> AudienceRules:
    if TABLE.encode() not in content:
        return AudienceRules()
    return rules_in(parse(content, path, "mend the file").get(TABLE, {}))


def rules_in(table: Any) -> AudienceRules:
    """The rules of an `[audience]` table. Raises KbError."""
    if not isinstance(table, dict):
        raise KbError(f"{CONFIG_FILE}: {TABLE} must be a table", _HINT)
    channels = table.get(_CHANNELS, {})
    if not isinstance(channels, dict):
        raise KbError(f"{CONFIG_FILE}: [{TABLE}.{_CHANNELS}] must be a table", _HINT)
    default = _names(table.get(_DEFAULT, PUBLIC), _DEFAULT)
    patterns = {key: value for key, value in table.items() if key not in (_DEFAULT, _CHANNELS)}
    return AudienceRules(
        default,
        tuple(_rule(pattern, value) for pattern, value in patterns.items()),
        {name: _names(value, name) for name, value in channels.items()},
    )


def _rule(pattern: str, value: Any) -> PathRule:
    rule = PathRule(pattern, _names(value, pattern))
    try:
        rule.fits(("",))
    except ValueError as error:
        raise KbError(f"{CONFIG_FILE}: {pattern!r} in [{TABLE}] is no pattern", _HINT) from error
    return rule


def _names(value: Any, key: str) -> frozenset[str]:
    """The audiences of a rule: a name, or a list of names. Raises KbError."""
    names: Sequence[Any] = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise KbError(
            f"{CONFIG_FILE}: {key!r} in [{TABLE}] must be a name, or a list of them", _HINT
        )
    return named(names)


def _comparable(path: str) -> str:
    """A path as patterns are matched: file systems write the letters of one name differently."""
    return normalize("NFC", path.replace(os.sep, "/")).casefold()
