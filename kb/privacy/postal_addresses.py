"""Postal addresses down to a house number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.privacy.spans import Datum

_HAN = "[\u4e00-\u9fff]"
_NUMBER = r"(?:\d{1,5}|[一二三四五六七八九十百]{1,5})"
_BUILDING = r"(?:大厦|广场|中心|大楼|公寓|小区|花园|园区?|城|苑)"
_ROOM = (
    rf"(?:[ ,，]?(?:{_HAN}{{2,10}}{_BUILDING})?[ ,，]?(?:[A-Za-z]|[A-Za-z]?{_NUMBER})[A-Za-z]?"
    r"(?:号楼|号院|栋|幢|座|单元|层|楼|室|号|房)(?:-?\d{3,4}(?!\d)[室号房]?)?)"
)
# Numbers of highways are no houses.
_STREET = r"(?:大街|街|路|大道|道|巷|弄|胡同)(?<![国省县]道)(?<![公铁]路)"
_HOUSE = (
    rf"{_STREET}(?:[东西南北中]|{_NUMBER}段)?[ ]?{_NUMBER}"
    r"(?:[-–]\d{1,4})?(?:号院?|弄)(?!线|议|提|任)"
)
_WING = rf"{_STREET}[A-Za-z0-9]{{1,4}}(?:座|栋|幢|号楼)(?:-?\d{{3,4}}(?!\d)[室号房]?)?"
_BLOCK = rf"[区县路街]{_HAN}{{2,10}}{_BUILDING}(?=[ ]?[A-Za-z]?\d)"
# The words that lead to an address are cut off its beginning by `_LEAD`.
_CHINESE = re.compile(
    rf"{_HAN}{{2,24}}(?:{_HOUSE}{_ROOM}{{0,5}}|{_BLOCK}{_ROOM}{{1,5}}|{_WING}{_ROOM}{{0,5}})"
)
_LEAD = re.compile(r".*(?:[在到至于为是往址送寄]|位于|地点)(?=.{4})")
_KIND = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Way|Court|Ct|Place|Pl"
    r"|Square|Sq|Parkway|Pkwy|Terrace|Highway|Hwy|Crescent|Close|Alley)\b\.?"
)
_UNIT = (
    r"(?:,? (?:Suite|Ste\.?|Apt\.?|Apartment|Unit|Floor|Fl\.?|Room|Rm\.?) ?#?[\w-]{1,6}"
    r"|,? #[\w-]{1,6}|,? \d{1,2}(?:st|nd|rd|th) [Ff]loor)"
)
_CITY = r"[A-Z][A-Za-z.'-]*(?![A-Za-z\d])(?: [A-Z][a-z.'-]+(?![A-Za-z\d])){0,2}"
_ZIP = r",? [A-Z]{2}(?![A-Za-z\d]) \d{5}(?:-\d{4})?(?!\d)"
_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?![A-Za-z\d])"  # of the United Kingdom
_STATE = r",? [A-Z]{2}(?![A-Za-z\d])"
_TOWN = rf"(?:, {_CITY}(?:{_ZIP}|{_STATE}|,? {_POSTCODE}| \d{{5}})?)"
_HOUSE_NUMBER = r"(?<![\w.,/-])(?:Flat \w{1,4}, )?\d{1,5}[A-Za-z]?(?:-\d{1,5})? "
_ENGLISH = re.compile(
    rf"{_HOUSE_NUMBER}(?:[A-Z][A-Za-z'.-]* ){{1,4}}{_KIND}(?P<rest>{_UNIT}?{_TOWN}?)"
)
# With a town and its code, a street may be called anything.
_CODED = re.compile(
    rf"{_HOUSE_NUMBER}(?:[A-Z][A-Za-z'.-]* ?){{1,4}}{_UNIT}?,? {_CITY}{_ZIP}"
    rf"|(?:(?<!\w)(?:Flat|Studio|Unit|Apartment) )?(?<![\w.,/-])\d{{1,5}}[A-Za-z]?,?"
    rf"(?: [A-Z][A-Za-z'.-]*,?){{1,7}} {_POSTCODE}"
    r"|(?<!\w)(?:PSC|Unit) \d{1,5},? Box \d{1,5}, [AFD]PO A[AEP] \d{5}(?!\d)"
    rf"|(?<!\w)P\.? ?O\.? Box \d{{1,6}}(?!\d)(?:, {_CITY}(?:{_ZIP})?)?"
)
_YEAR = re.compile(r"(?:1[6-9]|20)\d\d ")
_GOES_ON = re.compile(r" [a-z]{2}")


def postal_addresses(text: str) -> list[Datum]:
    """Chinese addresses with road and number, or building and room, and English ones with number
    and street, or with a town and its code.
    """
    found = [*_chinese(text), *_english(text)]
    return sorted(found, key=lambda datum: (datum.start, -datum.end))


def _chinese(text: str) -> Iterator[Datum]:
    for match in _CHINESE.finditer(text):
        lead = _LEAD.match(match[0])
        start = match.start() + (lead.end() if lead else 0)
        yield Datum(start, match.end(), text[start : match.end()])


def _english(text: str) -> Iterator[Datum]:
    for match in _CODED.finditer(text):
        yield Datum(match.start(), match.end(), match[0])
    for match in _ENGLISH.finditer(text):
        # "5 Year Road map", "2 Way Lane detection": no house, but something counted.
        is_counted = match[0][1] == " " and _GOES_ON.match(text, match.end())
        is_year = _YEAR.match(match[0])  # 1978 Supreme Court
        if match["rest"] or not (is_counted or is_year):
            yield Datum(match.start(), match.end(), match[0])
