"""The dates of documents and passages: when one was written, from and until when what it says holds.

A date is taken from where it is stated: given metadata, front matter and headers first, then the
name of the file, the title, the text, and last the properties of an office file or a PDF, which
tell when a file was made and seldom when its text was. None is made up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from ingest.parsed import Parsed
from kb.dates import VALID_FROM, VALID_UNTIL, dates, iso_date
from kb.relative_dates import is_hinted, relative_dates
from kb.text import compatible, simplified

_PROPERTIES = (".docx", ".pptx", ".xlsx", ".xlsm", ".odt", ".ods", ".odp", ".pdf", ".epub")
_TEMPLATE_DATES = ("2013-12-23", "2013-01-27")  # of python-docx's and python-pptx's own templates
_FROM_KEYS = ("effective", "effective_date", "effective_from", "valid-from", "生效日期", "施行日期")
_UNTIL_KEYS = ("expires", "expiry", "expiry_date", "valid-until", "有效期至", "失效日期")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])(?!\d)")
_YEAR = re.compile(r"(?<![\d.])(20\d\d|19[89]\d)(?![\d.]|[a-z])")
_HINT = re.compile(
    r"施行|生效|实施|执行|启用|适用|截至|更新|修订|有效|失效|废止|起"
    r"|(?i:effective|in force|as of|as from|valid|updated|revised|modified|expire?s?|expiry)"
)
_DATED = re.compile(r"[12]\d{3}|[〇零]|[１２][０-９]{3}")  # has a year, perhaps
_FROM_BEFORE = re.compile(
    r"(?:生效|施行|实施|启用|执行|更新|修订)(?:日期|时间|日|于)?[ ]?[:是为]?[ ]?\Z|(?:截至|更新|修订)[ ]?[:于]?[ ]?\Z"
    r"|(?:effective(?: date| from| as of| as from| on| since)?|in force (?:from|since)"
    r"|with effect from|valid (?:from|as of)|as (?:of|from)"
    r"|(?:last )?(?:updated|revised|modified)(?: on)?)[ ]?:?[ ]?(?:the )?\Z",
    re.I,
)
_FROM_AFTER = re.compile(
    r"(?:起|开始|之日起)?(?:正式|开始|全面)?(?:施行|生效|实施|执行|启用|适用)|(?:更新|修订)(?!的|中)"
)
_UNTIL_BEFORE = re.compile(
    r"(?:有效期?限?(?:截?至|到|截止)?|失效(?:日期|时间)?|截止有效)[ ]?[:是为]?[ ]?(?:至|到)?[ ]?\Z"
    r"|(?:valid (?:until|till|through|thru|to|up to)|expire[sd]?(?: on)?|expiry(?: date)?"
    r"|expiration date|in force until)[ ]?:?[ ]?(?:the )?\Z",
    re.I,
)
_UNTIL_AFTER = re.compile(r"[前止]有效|(?:起|后)?(?:失效|废止|作废|停止(?:执行|使用))")
_TO_NEXT = re.compile(r"[ ]?(?:至|到|—|–|-|~|to|till|until|through)[ ]?(?=\d|[A-Z][a-z])")
_WHOLE = re.compile(
    r"本(?:办法|规定|手册|制度|章程|协议|方案|通知|规则|细则|条例|标准|政策|价目表|公约|指南|版|文件|页)"
    r"|\bth(?:is|ese) (?:handbook|policy|document|guide|terms|rules|agreement|page|notice|price list)",
    re.I,
)
_AROUND = 24  # characters before and after a date that are looked at
_HEAD, _TAIL = 600, 600  # characters of a text that speak of all of it, with _WHOLE the end too
_LONGEST = 8000  # characters of a passage that are looked at


def with_dates(
    meta: Mapping[str, Any], given: Mapping[str, Any], parsed: Parsed, source: str, title: str
) -> dict[str, Any]:
    """The metadata of a document with its `date`, `valid_from` and `valid_until`, as far as they are
    stated. `meta` is all that is known of it, `given` the part that a user gave.
    """
    path = PurePath(source)
    written = str(meta.get("date") or "")
    own = written if iso_date(written) else ""
    is_property = path.suffix.lower() in _PROPERTIES and not given.get("date")
    if is_property and own[:10] in _TEMPLATE_DATES:
        own = ""
    named = _named_date(path.stem) or _named_date(title)
    head = _plain(parsed.text[:_HEAD])
    stated = _validity(head)
    ending = _plain(parsed.text[-_TAIL:]) if len(parsed.text) > _HEAD else ""
    if _WHOLE.search(ending):
        stated = {**_validity(ending), **stated}
    found = {
        "date": (named or own) if is_property else (own or named),
        VALID_FROM: _keyed(meta, (VALID_FROM, *_FROM_KEYS)) or stated.get(VALID_FROM, ""),
        VALID_UNTIL: _keyed(meta, (VALID_UNTIL, *_UNTIL_KEYS)) or stated.get(VALID_UNTIL, ""),
    }
    found["date"] = found["date"] or stated.get(VALID_FROM, "")
    kept = {key: value for key, value in meta.items() if key not in found or value}
    if is_property and not found["date"]:
        kept.pop("date", None)
    return {**kept, **{key: value for key, value in found.items() if value}}


def passage_validity(text: str) -> dict[str, str]:
    """From and until when what a passage says holds, as far as it says so."""
    text = text[:_LONGEST]
    return _validity(_plain(text)) if _DATED.search(text) and _HINT.search(text) else {}


def resolved_dates(text: str, said: str) -> list[str]:
    """The relative dates in a text that is said on a day, as dates in the form of ISO 8601."""
    if not (said and is_hinted(text)):
        return []
    found = relative_dates(_plain(text[:_LONGEST]), said)
    return list(dict.fromkeys(each.written for each in found))


def _plain(text: str) -> str:
    return simplified(compatible(text))


def _keyed(meta: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((day for key in keys if (day := iso_date(str(meta.get(key) or "")))), "")


def _named_date(name: str) -> str:
    """The date in a name, such as 2025-07-minutes or 会议纪要_20250718; at least a year."""
    name = compatible(name)
    if match := _COMPACT.search(name):
        return "-".join(match.groups())
    spaced = re.sub(r"(?<=\d)_(?=\d)", "-", name).replace("_", " ")
    if day := iso_date(spaced):
        return day
    years = _YEAR.findall(spaced)
    return years[-1] if len(set(years)) == 1 else ""


def _validity(text: str) -> dict[str, str]:
    """`valid_from` and `valid_until` as a text (NFKC, Simplified Chinese) states them, of each the
    first.
    """
    found: dict[str, str] = {}
    ends_at = -1
    if not _HINT.search(text):
        return found
    for date in sorted(dates(text), key=lambda date: date.start):
        if date.year is None:
            continue
        before = text[max(0, date.start - _AROUND) : date.start]
        after = text[date.end : date.end + _AROUND]
        if date.start == ends_at:  # of a span
            found.setdefault(VALID_UNTIL, date.iso)
            continue
        until = _UNTIL_BEFORE.search(before) or _UNTIL_AFTER.match(after)
        span = _TO_NEXT.match(after) if until or _FROM_BEFORE.search(before) else None
        ends_at = date.end + span.end() if span else -1
        if until and not span:
            found.setdefault(VALID_UNTIL, date.iso)
        elif span or _is_begin(before, after):
            found.setdefault(VALID_FROM, date.iso)
    return found


def _is_begin(before: str, after: str) -> bool:
    """Whether something holds from the date that stands between these on."""
    if _FROM_BEFORE.search(before) or _FROM_AFTER.match(after):
        return True
    return after.startswith("起") and before.endswith(("自", "从"))
