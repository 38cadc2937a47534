"""Formats of `kb ask`: one file a platform; each turns the same blocks into its own markup."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.formats.platform import Platform

PLATFORMS = {
    "markdown": "Markdown",
    "plain": "Plain",
    "slack": "Slack",
    "discord": "Discord",
    "wechat": "WeChat",
}
"""Format -> the class in the module of that name. `text` is plain with a terminal's styles, `json`
needs none.
"""
FORMATS = ("text", *PLATFORMS, "json")


def open_format(name: str) -> Platform:
    """The platform called `name`."""
    name = "plain" if name == "text" else name
    platform: Platform = getattr(import_module(f"cli.formats.{name}"), PLATFORMS[name])()
    return platform
