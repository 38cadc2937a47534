"""Pairs of records that differ in the qualifier of their subject, and claims about them, right and
wrong.

The basic plan costs 99 dollars, the premium plan 199. Qualifiers are those that real sentences put
before real nouns (half a million sentence pairs of ../shared/data), or months, quarters and
numbers. Whole sentences are those of SQuAD, CMRC 2018 and DRCD that have a figure and a noun with a
qualifier; their twin has another qualifier of that noun and another figure. What the rules were
written with and what is reported are two halves: nouns, qualifiers and articles.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.text import language
from kb.types import Anchor, Document, Hit, Passage
from tests.bench.qualifier_words import FIGURE, NOUNS, qualified_sentences, qualifiers

# (how a record tells a value, how a claim does with the value in front, what may be asked, values)
_MONEY, _SPAN, _SIZE, _SHARE, _DAY = "money", "span", "size", "share", "day"
_FACTS = {
    "en": {
        _MONEY: ("costs {v} a month", "{v} a month is what {s} costs", "How much does {s} cost?"),
        _SPAN: ("takes {v}", "{v} is how long {s} takes", "How long does {s} take?"),
        _SIZE: ("serves {v}", "{v} is the most that {s} serves", "How many people does {s} serve?"),
        _SHARE: ("grew by {v}", "{v} is the growth of {s}", "How much did {s} grow?"),
        _DAY: ("opens on {v}", "{v} is the day on which {s} opens", "When does {s} open?"),
    },
    "zh": {
        _MONEY: ("每月收费{v}", "每月收费{v}的是{s}", "{s}每月收费多少？"),
        _SPAN: ("需要{v}", "需要{v}的是{s}", "{s}需要多久？"),
        _SIZE: ("可容纳{v}", "可容纳{v}的是{s}", "{s}可容纳多少人？"),
        _SHARE: ("增长了{v}", "增长了{v}的是{s}", "{s}增长了多少？"),
        _DAY: ("于{v}开放", "于{v}开放的是{s}", "{s}什么时候开放？"),
    },
}
_COLUMN = {  # how a table's column of such values is headed
    "en": {
        _MONEY: "costs a month",
        _SPAN: "takes",
        _SIZE: "serves",
        _SHARE: "grew by",
        _DAY: "opens on",
    },
    "zh": {_MONEY: "每月收费", _SPAN: "需要", _SIZE: "可容纳", _SHARE: "增长了", _DAY: "开放日"},
}
# qualifiers and nouns that mean the same across languages, written down before anything was
# measured
_SAME = (
    ("basic", "基础"), ("standard", "标准"), ("professional", "专业"), ("free", "免费"), ("annual", "年度"),
    ("special", "特殊"), ("private", "私人"), ("public", "公共"), ("double", "双人"), ("single", "单人"),
)  # fmt: skip
_SAME_NOUNS = (("room", "房间"), ("team", "团队"), ("course", "课程"), ("ticket", "门票"), ("product", "产品"),
               ("city", "城市"), ("class", "班级"), ("office", "办公室"), ("service", "服务"))  # fmt: skip

_SYNONYMS = {
    "en": "basic entry,premium deluxe,annual yearly,large big,initial first,private personal,complete full,cheap budget",
    "zh": "高级 豪华,基础 入门,年度 全年,大型 大号,专业 职业,私人 个人,完整 全套,免费 赠送",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence about one of two records, what it cites by rank, of what kind it is, and whether
    it is right.
    """

    kind: str
    shape: str
    lang: str
    text: str
    cites: tuple[int, ...]
    hits: tuple[Hit, ...]
    right: bool


@dataclass(frozen=True, slots=True)
class Record:
    """A thing, what distinguishes it, and what is told of it."""

    qualifier: str
    noun: str
    value: str
    lang: str

    @property
    def name(self) -> str:
        """The noun with its qualifier: premium plan, 高级套餐, tier 3, 第三期课程."""
        if self.lang == "zh":
            return f"{self.qualifier}{self.noun}"
        return (
            f"{self.noun} {self.qualifier}"
            if self.qualifier.isdigit()
            else f"{self.qualifier} {self.noun}"
        )

    @property
    def subject(self) -> str:
        """The name as it stands in a sentence."""
        return self.name if self.lang == "zh" or self.qualifier.isdigit() else f"the {self.name}"


def claims(count: int, seed: int, half: int) -> list[Claim]:
    """Some `count` claims of either language, by turns of every shape and kind; the same ones for a
    seed.
    """
    randomly = random.Random(seed)
    made: list[Claim] = []
    for lang in ("en", "zh"):
        makers = [
            _templates(lang, half, randomly),
            _across(lang, half, randomly),
            _sentences(lang, half, randomly),
        ]
        makers.append(_reworded(lang, half, randomly))
        got: list[Claim] = []
        while len(got) < count // 2:
            for maker, turns in zip(makers, (6, 1, 3, 1), strict=True):
                got += [claim for _ in range(turns) for claim in next(maker)]
        made += got[: count // 2]
    return made


# --- words ----------------------------------------------------------------------------------------

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_NUMERALS = "一二三四五六七八九"


def _two(lang: str, half: int, randomly: random.Random) -> tuple[str, str, str]:
    """Two qualifiers of one sort and a noun that goes with both."""
    noun = randomly.choice(NOUNS[lang][half])
    sort = randomly.random()
    if sort < 0.7:
        one, other = randomly.sample(qualifiers(lang, half), 2)
        return one, other, noun
    if lang == "en":
        listed = (
            [str(number) for number in range(2, 9)]
            if sort < 0.85
            else [*_MONTHS, "Q1", "Q2", "Q3", "Q4"]
        )
    else:
        listed = (
            [f"第{each}期" for each in _NUMERALS]
            if sort < 0.85
            else [f"{month}月" for month in range(1, 13)]
        )
    one, other = randomly.sample(listed, 2)
    return one, other, noun


def _values(lang: str, sort: str, randomly: random.Random) -> tuple[str, str]:
    one, other = randomly.sample(range(12, 28), 2)
    written = {
        "en": {
            _MONEY: "{}9 dollars",
            _SPAN: "{} weeks",
            _SIZE: "{} people",
            _SHARE: "{}%",
            _DAY: "{} October",
        },
        "zh": {_MONEY: "{}9元", _SPAN: "{}周", _SIZE: "{}人", _SHARE: "{}%", _DAY: "10月{}日"},
    }[lang][sort]
    return written.format(one), written.format(other)


# --- records of templates -------------------------------------------------------------------------


def _hit(rank: int, title: str, text: str, headings: tuple[str, ...] = (), page: str = "") -> Hit:
    lang = language(text)
    name = page or f"{rank}-{zlib.crc32((title + text).encode())}"
    document = Document(f"d_{name}", f"{name}.md", f"/{name}.md", title, "doc", lang)
    key = zlib.crc32(f"{title}{headings}{text}".encode())
    passage = Passage(
        f"p_{rank}_{key}", document.id, rank, text, headings, lang, Anchor("lines", 1, 1)
    )
    return Hit(rank, 1.0 / rank, passage, document)


def _told(record: Record, sort: str) -> str:
    """A sentence that tells a record."""
    fact = _FACTS[record.lang][sort][0].format(v=record.value)
    return _sentence(f"{record.subject}{'' if record.lang == 'zh' else ' '}{fact}", record.lang)


def _sentence(text: str, lang: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'。' if lang == 'zh' else '.'}"


def _it(record: Record, sort: str, named: bool) -> str:
    fact = _FACTS[record.lang][sort][0].format(v=record.value)
    if record.lang == "zh":
        return _sentence(f"{f'该{record.noun}' if named else ''}{fact}", "zh")
    return _sentence(f"{f'this {record.noun}' if named else 'it'} {fact}", "en")


def _layout(
    shape: str, one: Record, other: Record, sort: str, randomly: random.Random
) -> tuple[Hit, ...]:
    """Two records as the hits of a search: one hit each, or both in the first."""
    lang, pair = one.lang, (one, other)
    table = _COLUMN[lang][sort]
    if shape == "pages":
        return tuple(_hit(n, _titled(each), _told(each, sort)) for n, each in enumerate(pair, 1))
    if shape == "titles":
        named = randomly.random() < 0.5
        return tuple(
            _hit(n, _titled(each), _it(each, sort, named)) for n, each in enumerate(pair, 1)
        )
    if shape == "headings":
        return tuple(
            _hit(n, table, _it(each, sort, False), (table, _titled(each)), "all")
            for n, each in enumerate(pair, 1)
        )
    if shape == "questions":
        asked = [_FACTS[lang][sort][2].format(s=each.subject) for each in pair]
        return tuple(
            _hit(n, "FAQ", f"{ask[:1].upper()}{ask[1:]}\n{_it(each, sort, False)}", (ask,), "faq")
            for n, (ask, each) in enumerate(zip(asked, pair, strict=True), 1)
        )
    if shape == "rows of a sheet":
        head = ("类别" if lang == "zh" else one.noun, table)
        return tuple(
            _hit(
                n,
                "list",
                f"{head[0]}: {each.name if lang == 'zh' else each.qualifier}\n{head[1]}: {each.value}",
            )
            for n, each in enumerate(pair, 1)
        )
    return (_hit(1, table, _together(shape, one, other, sort)),)


def _titled(record: Record) -> str:
    return f"{record.name[:1].upper()}{record.name[1:]}"


def _together(shape: str, one: Record, other: Record, sort: str) -> str:
    """Both records in one text."""
    lang, pair = one.lang, (one, other)
    if shape == "sections":
        return "\n\n".join(f"## {_titled(each)}\n\n{_it(each, sort, False)}" for each in pair)
    if shape == "list":
        return "\n".join(
            f"- {_titled(each)}{'：' if lang == 'zh' else ': '}{each.value}" for each in pair
        )
    if shape == "sentences":
        return ("" if lang == "zh" else " ").join(_told(each, sort) for each in pair)
    if shape == "one sentence":
        joint = "，" if lang == "zh" else " and "
        return f"{_told(one, sort)[:-1]}{joint}{_told(other, sort)[:1].lower()}{_told(other, sort)[1:]}"
    if shape == "columns":
        return f"| | {one.name} | {other.name} |\n|---|---|---|\n| {_COLUMN[lang][sort]} | {one.value} | {other.value} |"
    head = f"| {'类别' if lang == 'zh' else one.noun} | {_COLUMN[lang][sort]} |"
    rows = "\n".join(
        f"| {each.name if lang == 'zh' else each.qualifier} | {each.value} |" for each in pair
    )
    return f"{head}\n|---|---|\n{rows}"


SHAPES = (
    "pages", "titles", "headings", "questions", "rows of a sheet",
    "sections", "list", "sentences", "one sentence", "columns", "table",
)  # fmt: skip


def _templates(lang: str, half: int, randomly: random.Random) -> Iterator[list[Claim]]:
    """For one pair of records in one layout, a wrong claim and a right one."""
    while True:
        qualifier, instead, noun = _two(lang, half, randomly)
        sort = randomly.choice(list(_FACTS[lang]))
        value, otherwise = _values(lang, sort, randomly)
        one, other = Record(qualifier, noun, value, lang), Record(instead, noun, otherwise, lang)
        shape = randomly.choice(SHAPES)
        hits = _layout(shape, one, other, sort, randomly)
        mixed = Record(qualifier, noun, otherwise, lang)
        kind, text = _phrased(mixed, sort, randomly)
        cites = randomly.choice([(1,), (2,), (1, 2)]) if len(hits) > 1 else (1,)
        wrong = Claim(f"wrong, {kind}", shape, lang, text, cites, hits, False)
        kind, text = _right(one, other, sort, len(hits) > 1, randomly)
        cites = (1, 2) if kind == "both" and len(hits) > 1 else (1,)
        yield [wrong, Claim(f"right, {kind}", shape, lang, text, cites, hits, True)]


def _phrased(record: Record, sort: str, randomly: random.Random) -> tuple[str, str]:
    """A claim in one of several wordings."""
    lang = record.lang
    if randomly.random() < 0.5:
        return "plain", _told(record, sort)
    if randomly.random() < 0.5:
        said = _FACTS[lang][sort][1].format(v=record.value, s=record.subject)
        return "turned", _sentence(said, lang)
    fact = _FACTS[lang][sort][0].format(v=record.value)
    if lang == "zh":
        return "in other words", _sentence(f"对于{record.name}，{fact}", lang)
    return "in other words", _sentence(f"for those who want {record.subject}, it {fact}", lang)


def _right(
    one: Record, other: Record, sort: str, apart: bool, randomly: random.Random
) -> tuple[str, str]:
    """A right claim about the first record, or about both."""
    turn = randomly.random()
    lang = one.lang
    if turn < 0.2:
        first, second = _told(one, sort)[:-1], _told(other, sort)
        joint = "，而" if lang == "zh" else " and "
        return (
            "both",
            f"{first}{joint}{second if second[:2] == 'Q1' else second[:1].lower() + second[1:]}",
        )
    if turn < 0.35 and apart:
        fact = _FACTS[lang][sort][0].format(v=one.value)
        return "unqualified", _sentence(
            f"{one.noun}{fact}" if lang == "zh" else f"the {one.noun} {fact}", lang
        )
    return _phrased(one, sort, randomly)


def _across(lang: str, half: int, randomly: random.Random) -> Iterator[list[Claim]]:
    """Claims in one language about records in the other."""
    nouns = [pair for pair in _SAME_NOUNS if pair[0] in NOUNS["en"][half]]
    while True:
        (en, zh), (en2, zh2) = randomly.sample(_SAME, 2)
        noun_en, noun_zh = randomly.choice(nouns)
        sort = randomly.choice([_MONEY, _SPAN, _SHARE])
        numbers = randomly.sample(range(12, 28), 2)
        both = {"en": {_MONEY: "{}9 yuan", _SPAN: "{} weeks", _SHARE: "{}%"},
                "zh": {_MONEY: "{}9元", _SPAN: "{}周", _SHARE: "{}%"}}  # fmt: skip
        other = "zh" if lang == "en" else "en"
        told = {"en": (en, en2, noun_en), "zh": (zh, zh2, noun_zh)}
        values = {key: [both[key][sort].format(number) for number in numbers] for key in both}
        one = Record(told[other][0], told[other][2], values[other][0], other)
        second = Record(told[other][1], told[other][2], values[other][1], other)
        hits = _layout("pages", one, second, sort, randomly)
        right = Record(told[lang][0], told[lang][2], values[lang][0], lang)
        wrong = Record(told[lang][0], told[lang][2], values[lang][1], lang)
        cites = randomly.choice([(1,), (2,), (1, 2)])
        yield [
            Claim("wrong, across languages", "pages", lang, _told(wrong, sort), cites, hits, False),
            Claim("right, across languages", "pages", lang, _told(right, sort), (1,), hits, True),
        ]


def _reworded(lang: str, half: int, randomly: random.Random) -> Iterator[list[Claim]]:
    """Right claims that qualify a thing by a word of the same meaning, each with a wrong one about
    it.
    """
    while True:
        (word, synonym), (instead, _) = (
            each.split() for each in randomly.sample(_SYNONYMS[lang].split(","), 2)
        )
        noun, sort = randomly.choice(NOUNS[lang][half]), randomly.choice(list(_FACTS[lang]))
        value, otherwise = _values(lang, sort, randomly)
        shape = randomly.choice(SHAPES)
        hits = _layout(
            shape,
            Record(word, noun, value, lang),
            Record(instead, noun, otherwise, lang),
            sort,
            randomly,
        )
        said = _told(Record(synonym, noun, value, lang), sort)
        wrong = _told(Record(word, noun, otherwise, lang), sort)
        yield [
            Claim("right, synonym", shape, lang, said, (1,), hits, True),
            Claim("wrong, plain", shape, lang, wrong, (len(hits),), hits, False),
        ]


# --- real sentences -------------------------------------------------------------------------------


def _sentences(lang: str, half: int, randomly: random.Random) -> Iterator[list[Claim]]:
    """A real paragraph, its twin about another thing, a sentence of the one with the figure of the
    other, and both.
    """
    real = qualified_sentences(lang, half)
    while True:
        title, paragraph, sentence, qualifier = randomly.choice(real)
        instead = randomly.choice(real)[3]
        if instead in paragraph:
            continue
        figure = FIGURE.search(sentence)
        if figure is None or re.search(
            rf"[（(][^）)]*\Z|(?:{'|'.join(_MONTHS)}) \Z", sentence[: figure.start()]
        ):
            continue
        twin_figure = _otherwise(figure[0], randomly)
        moved = f"{sentence[: figure.start()]}{twin_figure}{sentence[figure.end() :]}"
        twin = _replaced(moved, qualifier, instead)
        hits = (_hit(1, title, paragraph), _hit(2, title, paragraph.replace(sentence, twin)))
        wrong = _shorter(
            randomly.choice(
                [(moved, qualifier), (_replaced(sentence, qualifier, instead), instead)]
            )
        )
        cites = randomly.choice([(1,), (2,), (1, 2)])
        yield [
            Claim("wrong, real sentence", "paragraphs", lang, wrong, cites, hits, False),
            Claim(
                "right, real sentence",
                "paragraphs",
                lang,
                _shorter((sentence, qualifier)),
                (1,),
                hits,
                True,
            ),
        ]


def _replaced(text: str, word: str, other: str) -> str:
    return re.sub(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])", other, text, count=1)


def _otherwise(figure: str, randomly: random.Random) -> str:
    """Another figure with as many digits, far enough not to be about the same; of a year another
    one near it.
    """
    at = 2 if re.fullmatch("[12][0-9]{3}", figure) else 0
    return (
        figure[:at]
        + randomly.choice([digit for digit in "123456789" if digit != figure[at]])
        + figure[at + 1 :]
    )


def _shorter(said: Sequence[str]) -> str:
    """A sentence without what stands in brackets: no longer word for word."""
    sentence = re.sub(r"\s?[（(][^（()）]*[)）]", "", said[0])
    return (
        sentence
        if sentence != said[0]
        else re.sub(r"^(In fact|However|Thus|此外|但是|然而)[,，]?\s*", "", sentence)
    )
