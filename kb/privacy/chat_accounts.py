"""Accounts of people in WeChat and QQ."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.privacy.spans import Datum

_WECHAT = (
    r"(?:微信号?|威信|薇信|(?<![A-Za-z])[Vv]信|(?<![A-Za-z])(?i:weixin|wechat|wx|vx)(?![A-Za-z]))"
)
_BETWEEN = (
    r"(?:[ \t:：=,，|/（）()#*'\"“”「」]|号|是|为|账号|\b(?i:id|is|no|account|number)\b\.?){0,6}"
)
_ID = r"[A-Za-z](?=[A-Za-z_-]{0,18}[\d_])[A-Za-z0-9_-]{5,19}(?![A-Za-z0-9_-])"
_WORD = r"[A-Za-z][A-Za-z_-]{5,19}(?![A-Za-z0-9_-])"
_TOLD = (
    r"(?:微信号|(?i:wechat|weixin) ?id)[ \t]*(?:[:：]|是|为|is\b)[ \t]*"  # then a word is one too
)
_WECHAT_IDS = (
    re.compile(r"(?<![A-Za-z0-9_])(?P<id>wxid_[A-Za-z0-9]{6,20})(?![A-Za-z0-9_])"),
    re.compile(rf"{_WECHAT}{_BETWEEN}(?P<id>{_ID})"),
    re.compile(rf"{_TOLD}(?P<id>{_WORD})"),
    re.compile(
        rf"(?<![A-Za-z0-9_.@/-])(?P<id>{_ID}) ?"
        r"(?:[（(] ?(?:微信|(?i:wechat|weixin|wx|vx))|(?i:on wechat|on weixin)\b)"
    ),
)
_QQ = re.compile(
    r"(?:(?<![A-Za-z])[Qq]{2}(?![A-Za-z])|扣扣|企鹅号)"
    r"(?:[ \t:：=,，|/（）()#*'\"]|群|号码?|是|为|\b(?i:id|is|no|group|number)\b\.?){0,6}"
    r"(?P<id>[1-9]\d{4,10})(?![\dA-Za-z]|[.,:]\d| ?(?:年|月|万|亿|个|人|元|%|million|users))"
)


def wechat_accounts(text: str) -> Iterator[Datum]:
    """WeChat ids: wxid_ and what follows, and beside a word for WeChat what may be one."""
    for pattern in _WECHAT_IDS:
        for match in pattern.finditer(text):
            yield Datum(match.start("id"), match.end("id"), match["id"])


def qq_accounts(text: str) -> Iterator[Datum]:
    """Numbers of people and groups in QQ, behind its name."""
    for match in _QQ.finditer(text):
        yield Datum(match.start("id"), match.end("id"), match["id"])
