"""Words of profiles in both languages: what their fields are called, levels of consent, stages and
cities.
"""

from __future__ import annotations

import itertools
import re
from typing import Literal, get_args

from kb.text import compatible, simplified

Consent = Literal["private", "named", "public"]
CONSENTS: tuple[Consent, ...] = get_args(Consent)  # from what shows least on

# exact names first, then those that a form's question holds; consent and contact come first there,
# so that a column that may hold a contact is never taken for something that is shown
_FIELDS = {
    "consent": "consent visibility privacy 同意 同意公开 公开级别 公开程度 可见范围 授权 隐私",
    "contact": "contact contacts email mail wechat phone telegram 联系方式 联系 微信 邮箱 电话 手机",
    "name": "name fullname member 姓名 名字 称呼 昵称",
    "offers": "offers offer canoffer 能提供 可提供 提供 资源",
    "seeks": "seeks seek needs need lookingfor 需要 需求 寻找 在找",
    "industry": "industry industries sector sectors 行业 领域 赛道",
    "stage": "stage stages 阶段 轮次",
    "city": "city location 城市 所在地",
    "language": "language languages 语言",
    "ticket": "ticket checksize chequesize ticketsize 投资金额 单笔投资 投资额 单笔金额",
}
_NAMES = {field: words.split() for field, words in _FIELDS.items()}
_CONSENT_WORDS = {
    "private": "private none no 私密 不公开 保密 否",
    "named": "named members 实名 具名 署名 成员可见 内部",
    "public": "public 公开",
}
_STAGES = {
    "idea": r"\bidea\b|想法|创意阶段",
    "pre-seed": r"\bpre[- ]?seed\b|种子前|天使轮?|\bangel\b",
    "seed": r"(?<!pre-)(?<!pre )\bseed\b|种子轮?(?!前)",
    "pre-a": r"\bpre[- ]?(?:series )?a\b",
    "a": r"\bseries a\b|(?<!pre-)(?<!pre)\ba轮|(?<![a-z-])a ?轮",
    "b": r"\bseries b\b|(?<![a-z])b ?轮",
    "c": r"\bseries c\b|(?<![a-z])c ?轮",
    "growth": r"\bgrowth stage\b|成长期|成长阶段",
}
_STAGE_PATTERNS = {name: re.compile(pattern) for name, pattern in _STAGES.items()}
_CITIES = (
    "beijing 北京,shanghai 上海,shenzhen 深圳,guangzhou 广州,hangzhou 杭州,chengdu 成都,nanjing 南京,"
    "wuhan 武汉,xian 西安,suzhou 苏州,chongqing 重庆,tianjin 天津,xiamen 厦门,hongkong 香港,taipei 台北,"
    "singapore 新加坡,tokyo 东京,seoul 首尔,london 伦敦,berlin 柏林,paris 巴黎,newyork 纽约,"
    "sanfrancisco 旧金山,boston 波士顿,sydney 悉尼,toronto 多伦多,amsterdam 阿姆斯特丹,lisbon 里斯本,"
    "dubai 迪拜,bangalore 班加罗尔"
)
_CITY_WORDS = {word: pair.split()[0] for pair in _CITIES.split(",") for word in pair.split()}
_BARE = re.compile(r"[\W_]+")


def bare(text: str) -> str:
    """A text in small letters, in Simplified Chinese, without anything but letters and digits."""
    return _BARE.sub("", simplified(compatible(text)).lower())


def field_of(name: str) -> str:
    """The field of a profile that a key or a column is for; empty for none."""
    plainly = bare(name)
    for field, words in _NAMES.items():
        if plainly in words:
            return field
    if len(plainly) > 60:
        return ""
    return next(
        (field for field, words in _NAMES.items() if any(_is_part(w, name) for w in words)), ""
    )


def _is_part(word: str, name: str) -> bool:
    """Whether a form's question holds a field's name: in Latin letters as words of it."""
    if not word.isascii():
        return word in bare(name)
    plainly = simplified(compatible(name)).lower()
    return re.search(rf"\b{word}\b", plainly) is not None or (
        word in ("lookingfor",) and ("looking for" in plainly)
    )


def consent_of(text: str) -> Consent:
    """The level of consent that a value names; private for anything else."""
    plainly = bare(text)
    for level in CONSENTS:
        if plainly in _CONSENT_WORDS[level].split():
            return level
    return "private"


def stages_in(text: str) -> frozenset[str]:
    """The stages of a company that a text names."""
    plainly = simplified(compatible(text)).lower()
    return frozenset(name for name, pattern in _STAGE_PATTERNS.items() if pattern.search(plainly))


def cities_in(text: str) -> frozenset[str]:
    """The cities that a text names, each by one name for both languages."""
    plainly, whole = simplified(compatible(text)).lower(), bare(text)
    return frozenset(
        name
        for word, name in _CITY_WORDS.items()
        if (word in whole if not word.isascii() else _stands_in(word, plainly, whole))
    )


def _stands_in(word: str, text: str, whole: str) -> bool:
    if word not in whole:
        return False
    return word in {bare(piece) for piece in _windows(text)}


def _windows(text: str) -> list[str]:
    """The words of a text in Latin letters, alone and two by two: a city may have two."""
    words = re.findall(r"[a-z']+", text)
    return [*words, *(f"{one} {two}" for one, two in itertools.pairwise(words))]


def same_city(one: str, other: str) -> bool:
    """Whether two values name the same city, in whichever language."""
    return bool(cities_in(one) & cities_in(other)) or (bool(bare(one)) and bare(one) == bare(other))
