"""Keys and passwords: by what those of known services begin with, and behind words for them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from math import log2

from kb.privacy.spans import Datum, Nearby

_STARTS, _ENDS = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9_])"
_KNOWN = re.compile(
    _STARTS
    + r"(?:sk-[A-Za-z0-9_-]{20,200}|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}"
    + r"|A(?:KIA|SIA)[A-Z0-9]{16}|xox[abeprs]-[A-Za-z0-9-]{10,250}|AIza[A-Za-z0-9_-]{35}"
    + r"|ya29\.[A-Za-z0-9_-]{20,}|glpat-[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{36}"
    + r"|pypi-[A-Za-z0-9_-]{50,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
    + r"|[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|LTAI[A-Za-z0-9]{12,26}|AKID[A-Za-z0-9]{13,40}"
    + r"|kb_[A-Za-z0-9_-]{40,}|\d{8,10}:AA[A-Za-z0-9_-]{33}"
    + r"|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})"
    + _ENDS
)
_BLOCK = re.compile(
    r"-----BEGIN (?P<what>[A-Z ]{0,30}PRIVATE KEY)-----.{1,10000}?-----END (?P=what)-----", re.S
)
_IN_URL = re.compile(r"[a-z][a-z0-9+]{1,20}://[^\s:/@]{1,64}:(?P<key>[^\s/@]{3,100})@")
_NAMED = re.compile(
    r"(?:密码|口令|密钥|秘钥|令牌|凭据"
    r"|(?<![A-Za-z])(?i:password|passwd|pwd|secret|token|(?:api|access|secret)[_ -]?key|credentials?))"
    r"[\"']?[ \t]*(?:[:=：]|是|为|is\b)[ \t]*[\"'`]?(?P<key>[!-&(-+\--:<-_a-~]{6,200})"
)
_NEXT_PARAMETER = re.compile(r"&(?=[a-z_]+=)")  # of a URL
_BEARER = re.compile(r"\bBearer +(?P<key>[A-Za-z0-9._~+/-]{16,500})")
_HINT = re.compile(
    "[PpSsTtKkCcB密口秘令凭:](?:(?i:ass|wd|ecret|oken|ey|redential|earer)|码|令|钥|牌|据|//)"
    "|[A-Za-z0-9_-]{18}"
)
_PLACEHOLDER = re.compile(
    r"your|example|placeholder|xxx|\*\*\*|\.\.\.|environ|getenv|<.*>|\{.*\}|\w\(.*\)|^\$[A-Za-z_]+$",
    re.I,
)
_LEAST_BITS = 2.75  # of a character, in a key that is named: words and repetitions have fewer
_FEW_BITS = 0.35  # what a short one may lack of each character standing in it once


def access_keys(text: str) -> Iterator[Datum]:
    """Keys of well-known services, private keys, passwords in URLs, and what is named as a key or
    password and looks drawn at random.
    """
    for match in _BLOCK.finditer(text):
        yield Datum(match.start(), match.end(), match[0])
    yield from _NEARBY(text)


def _keys(text: str) -> Iterator[Datum]:
    for match in _KNOWN.finditer(text):
        yield Datum(match.start(), match.end(), match[0])
    for pattern in (_IN_URL, _BEARER, _NAMED):
        for match in pattern.finditer(text):
            key = match["key"]
            if pattern is _NAMED:
                key = _NEXT_PARAMETER.split(key)[0].rstrip(".,;:!?")
            if not _PLACEHOLDER.search(key) and (pattern is _IN_URL or _is_random(key)):
                yield Datum(match.start("key"), match.start("key") + len(key), key)


def _is_random(key: str) -> bool:
    """Whether a text has letters and digits, or three kinds of characters, and few of them again."""
    kinds = [bool(re.search(kind, key)) for kind in ("[a-z]", "[A-Z]", r"\d", r"[^A-Za-z\d._-]")]
    has_letter, has_digit = kinds[0] or kinds[1], kinds[2]
    if sum(kinds) < 3 and not (has_letter and has_digit):
        return False
    shares = [n / len(key) for n in Counter(key).values()]
    bits = -sum(share * log2(share) for share in shares)
    return bits >= min(_LEAST_BITS, log2(len(key)) - _FEW_BITS)


_NEARBY = Nearby(_HINT, 60, 220, _keys)
