"""Text from sources and models, made harmless: nothing invisible, no live mention, no link but
those that kb builds.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

from kb.text import HAN, without_sequences

# Controls but tab and line feed, marks that turn writing around, what takes no room, halves of
# surrogate pairs.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_JOINERS = "\u200c\u200d"
_PLAIN = re.compile(rf"[\x00-\x7f{HAN}]")
# Discord calls everyone in @everyone.example, too
_CALLED = r"everyone|here|channel|(?:group|all|team)\b"
_AT = re.compile(r"@(?=[\w&!^#*.~`\"'<\[（(\\]|\Z)|(?<=<)#(?=\w)")
_MAIL_BEFORE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,63})\Z")
_MAIL_AFTER = re.compile(
    rf"@(?!(?i:{_CALLED}))(?:[A-Za-z0-9-]{{1,63}}\.){{1,6}}[A-Za-z]{{2,24}}(?![\w@])"
)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_LONGEST_URL = 1000
_FULL_WIDTH = str.maketrans({":": "：", ".": "．"})


def visible(text: str) -> str:
    """`text` without what no reader sees. Joiners and variation marks stay where scripts and emoji
    need them.
    """
    if text.isascii() and text.isprintable():
        return text
    lines = _LINE_END.sub("\n", without_sequences(text))
    return _UNSEEN.sub(lambda match: _kept(match, lines), lines)


def _kept(match: re.Match[str], text: str) -> str:
    char = match[0]
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if char in _JOINERS:
        return char if _joinable(before) and _joinable(after) else ""
    if char in "\ufe0e\ufe0f":
        return char if _joinable(before) or after == "\u20e3" else ""
    return ""


def _joinable(char: str) -> bool:
    """Whether a joiner may stand beside that character: none of ours, Latin's or Chinese's needs
    one.
    """
    if char in "\ufe0e\ufe0f" and char:
        return True
    return bool(char) and not _PLAIN.match(char) and unicodedata.category(char)[0] in "LMS"


def unmentioned(text: str) -> str:
    """`text` in which no @ calls anybody: it is a full-width ＠ but in mail addresses and before a
    space.

    Full-width, since it can be seen and stays when a platform drops characters of no width, and
    since the words around it are found and copied as they are. No platform here takes it for a
    mention. Also <#channel>.
    """
    if "@" not in text and "<#" not in text:
        return text
    return _AT.sub(lambda match: _called_off(match, text), text)


def _called_off(match: re.Match[str], text: str) -> str:
    at = match.start()
    if match[0] == "#":
        return "＃"
    is_mail = _MAIL_BEFORE.search(text, max(0, at - 65), at) and _MAIL_AFTER.match(text, at)
    return "@" if is_mail else "＠"


def live_url(url: str) -> tuple[str, str] | None:
    """A URL that may be made a link, in plain ASCII, and its host as it is; None for any that could
    deceive.

    A host in other letters than a to z is given as xn--..., so that it can't look like another one.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        ascii_host = host if host.isascii() else host.encode("idna").decode()
    except (ValueError, UnicodeError):
        return None
    if (
        parts.scheme not in ("http", "https")
        or "@" in parts.netloc
        or not _HOST.fullmatch(ascii_host)
    ):
        return None
    if visible(url) != url or re.search(r"[\s\\]", url):
        return None
    path, query, fragment = (
        quote(part, safe=safe)
        for part, safe in (
            (parts.path, "/%:=,;~!$+"),
            (parts.query, "/%:=,;~!$+&?"),
            (parts.fragment, "/%:=,;~!$+&?"),
        )
    )
    whole = f"{parts.scheme}://{ascii_host}{f':{port}' if port else ''}{path}"
    whole += (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")
    return (whole, ascii_host) if len(whole) <= _LONGEST_URL else None


def unlinked(url: str) -> str:
    """A URL that no program takes for one and every reader does: its colon and dots are full-width."""
    return url.translate(_FULL_WIDTH)
