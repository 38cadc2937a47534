"""Units and currencies in both languages: what a number counts, so that another unit is another
number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """What is counted, such as `length` or `money usd`, and how many of its smallest one this is."""

    dimension: str
    factor: float = 1.0


def _table() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for line in _LISTED.strip().splitlines():
        dimension, factor, *names = line.split(",")
        for name in names:
            table[name] = Unit(dimension, float(factor))
    return table


# dimension, factor, names. Months and years are no number of days; an age is one of years.
_LISTED = """
time,1,second,seconds,sec,secs,秒,秒钟
time,60,minute,minutes,min,mins,分钟
time,3600,hour,hours,hr,hrs,小时,个小时,钟头,个钟头
time,86400,day,days,天
time,604800,week,weeks,周,个星期,星期,个礼拜
months,1,month,months,个月
months,12,year,years,yr,yrs,年,周年,年间,岁,周岁
months,120,decade,decades
length,0.001,mm,millimeter,millimeters,millimetre,millimetres,毫米
length,0.01,cm,centimeter,centimeters,centimetre,centimetres,厘米,公分
length,1,meter,meters,metre,metres,米,公尺
length,1000,km,kilometer,kilometers,kilometre,kilometres,公里,千米
length,1609.344,mile,miles,英里,英哩
length,0.3048,foot,feet,ft,英尺,呎
length,0.0254,inch,inches,英寸,寸,吋
length,0.9144,yard,yards,码
area,1,square meters,square metres,m2,平方米,平方公尺
area,1000000,square kilometers,square kilometres,sq km,km2,平方公里,平方千米
area,10000,hectare,hectares,公顷
area,4046.86,acre,acres,英亩
area,2589988,square miles,sq mi,平方英里
area,666.667,亩
mass,0.001,gram,grams,克
mass,1,kg,kilogram,kilograms,公斤,千克
mass,0.5,斤
mass,1000,ton,tons,tonne,tonnes,吨,公吨
mass,0.4536,lb,lbs,磅
data,1,kb,kib
data,1000,mb,mib
data,1000000,gb,gib
data,1000000000,tb,tib
celsius,1,°c,degrees celsius,摄氏度
fahrenheit,1,°f,degrees fahrenheit,华氏度
people,1,people,persons,人,名,位
ratio,0.01,%,percent,per cent,pct
ratio,0.001,‰
points,1,percentage points,percentage point,个百分点,百分点
fold,1,times,x,倍,fold
money usd,1,usd,us dollars,us dollar,u.s. dollars,美元,美金
money usd,0.01,cents,cent,美分
money dollar,1,dollars,dollar
money cny,1,元,块,块钱,元人民币,人民币,rmb,cny,yuan
money eur,1,eur,euro,euros,欧元
money gbp,1,gbp,英镑
money pound,1,pounds,pound
money jpy,1,jpy,yen,日元,日圆
money hkd,1,hkd,hong kong dollars,港元,港币,港纸
money twd,1,twd,新台币,元新台币,台币
money krw,1,krw,won,韩元,韩圆
money inr,1,inr,rupees,rupee,卢比
money rub,1,rubles,roubles,卢布
money chf,1,chf,francs,瑞士法郎,法郎
"""
_UNITS = _table()
_SIGNS = {
    "us$": "money usd", "usd": "money usd", "$": "money dollar", "hk$": "money hkd", "nt$": "money twd",
    "a$": "money aud", "c$": "money cad", "€": "money eur", "eur": "money eur", "£": "money gbp", "gbp": "money gbp",
    "¥": "money ¥", "rmb": "money cny", "cny": "money cny", "人民币": "money cny", "₹": "money inr", "₩": "money krw",
    "美元": "money usd", "新台币": "money twd", "港币": "money hkd",
}  # fmt: skip
_NAMES = sorted(_UNITS, key=len, reverse=True)
_HAN_UNIT = "|".join(re.escape(name) for name in _NAMES if not name[0].isascii())
_LATIN_UNIT = "|".join(re.escape(name) for name in _NAMES if name[0].isascii() and name not in "%")
AFTER = re.compile(
    rf"[ -]?(?:(?P<han>{_HAN_UNIT})|(?P<latin>%|(?:{_LATIN_UNIT})(?![A-Za-z])))", re.I
)
BEFORE = re.compile(
    rf"(?:{'|'.join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))})[ ]?\Z",
    re.I,
)
_FAMILIES = ({"money dollar", "money usd"}, {"money pound", "money gbp"}, {"money ¥", "money cny"})
_BROAD = {
    "money dollar": ("money hkd", "money twd", "money aud", "money cad"),
    "money ¥": ("money jpy",),
}


def unit_after(text: str, at: int) -> tuple[Unit | None, int]:
    """The unit that follows a number which ends at `at`, and where the unit ends."""
    found = AFTER.match(text, at)
    if found is None:
        return None, at
    return _UNITS[(found["han"] or found["latin"]).lower()], found.end()


def unit_before(text: str, at: int) -> tuple[Unit | None, int]:
    """The currency sign that precedes a number which begins at `at`, and where it begins."""
    found = BEFORE.search(text, max(0, at - 8), at)
    if found is None:
        return None, at
    begin = found.start()
    if text[begin].isalpha() and text[begin].isascii() and begin and text[begin - 1].isalpha():
        return None, at
    return Unit(_SIGNS[found[0].strip().lower()]), begin


def same_dimension(claimed: str, told: str) -> bool:
    """Whether what is claimed to be counted may be what the source counts: `$5` may be HK$5, but
    HK$5 isn't `$5`.
    """
    return (
        claimed == told
        or any(claimed in family and told in family for family in _FAMILIES)
        or told in _BROAD.get(claimed, ())
        or {claimed, told} == {"money pound", "mass"}
    )
