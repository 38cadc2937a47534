"""Which words of a sentence are denied, and whether another says the opposite: rules for Chinese
and English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from kb.text import HAN, STOPWORDS, normalise, simplified, words

_ALIKE = 0.75  # the share of words from which two sentences are nearly one
_NEAR = 0.5
_REACH = 3  # content words after a negation that it is about
_TOKEN = re.compile(rf"[{HAN}]+|[a-z\d]+(?:'[a-z]+)?|[^\w\s]")
_HAN = re.compile(f"[{HAN}]")
DENIES = frozenset(
    """not never no without neither nor none nobody nothing cannot unable unlikely
    不 没 没有 未 无 非 并非 不是 绝不 从不 从未 从来不 不再 不能 不会 不可 不得 不要 不必 无需 无须 无法 尚未 并未 并不
    并不是 毫无 勿 不曾 未曾 未能 不用 不该 不应 不应该 不需要 不需 不准 不许 不能够 不可以 不想 不愿 不敢 不肯 没法
    未必 不太 从没 从没有 并没有 并没 不可能 不存在 不属于""".split()
)
_DENIED_WORDS = {"不属于": "属于", "不存在": "存在", "不需要": "需要", "不可能": "可能"}
_NO_DENIAL = re.compile(
    r"\bnot (?:only|even|just|merely|simply|least|until|(?:more|less|fewer|later|earlier|sooner) than)\b"
    r"|\bno (?:more|less|fewer|later|earlier|sooner|doubt|matter|one's)\b"
    r"|\bnothing but\b|\bno\. ?\d|\bnone other\b|不得不|不能不|不可不|无不|无非|非常|除非|并非不|不外乎|没有不"
)
_STOPS = frozenset(",.;:!?()[]，。；：！？（）、") | {
    "but",
    "而是",
    "但",
    "但是",
    "而",
    "however",
    "because",
    "although",
}
# Pairs that say the opposite of each other, words and then their opposites; a denial turns one into
# the other.
_OPPOSITES = """
must required mandatory obligatory compulsory 必须 必需 强制 | optional voluntary 可选 自愿
increase rise rose grow grew 增加 增长 上升 提高 提升 | decrease decline fall fell shrink reduce 减少 下降 降低 下跌
allow permit 允许 准许 许可 | forbid forbidden prohibit ban banned 禁止 严禁 不准 不许
include 包括 包含 | exclude 排除
accept 接受 同意 | reject refuse 拒绝
before prior 之前 以前 | after 之后 以后
succeed success successful 成功 | fail failure unsuccessful 失败
win won victory 获胜 胜利 赢得 | lose lost defeat 战败 输掉 失利
maximum most 最多 最大 最高 | minimum least 最少 最小 最低
more larger higher greater above 高于 大于 多于 超过 | less fewer smaller lower below 低于 小于 少于 不足
open 开放 打开 | close 关闭
enable 启用 开启 | disable 禁用 停用
public 公开 公共 | private 私有 私人
possible 可能 | impossible 不可能
legal 合法 | illegal 非法 违法
profit profitable 盈利 | loss unprofitable 亏损
support 支持 赞成 | oppose 反对
buy bought purchase 购买 买入 | sell sold 出售 卖出
"""


# What A is to B, the opposite is B to A: "A before B" is "B after A".
_CONVERSE = frozenset(("before", "more", "buy", "win", "maximum"))


@lru_cache(maxsize=1)
def _opposites() -> dict[str, tuple[str, bool]]:
    """Index word -> its notion, and whether it says that or its opposite."""
    table: dict[str, tuple[str, bool]] = {}
    for line in _OPPOSITES.strip().splitlines():
        one, _, other = line.partition("|")
        for side, sign in ((one, True), (other, False)):
            for word in side.split():
                table.setdefault(_word(word), (one.split()[0], sign))
    return table


def _word(token: str) -> str:
    """The index word of a token."""
    return token if _HAN.match(token) else (words(token) or [token])[0]


@dataclass(frozen=True, slots=True)
class Polarity:
    """`heads`: the words that each denial is about, in order. `denied`, `plain`: words said with
    and without a denial.

    `affirmed`: the notions of the table of opposites, said or denied. `denials` counts them.
    """

    heads: tuple[tuple[str, ...], ...]
    denied: frozenset[str]
    plain: frozenset[str]
    affirmed: frozenset[tuple[str, bool]]
    denials: int

    def contradicts(self, told: Polarity, shared: float) -> bool:
        """Whether this says the opposite of what is told. `shared`: how alike both sentences are, 0
        to 1.
        """
        if self._affirms(told.heads) or told._affirms(self.heads):
            return True
        notions = {name for name, _ in self.affirmed} & {name for name, _ in told.affirmed}
        for name in notions if shared >= _NEAR else notions - _CONVERSE:
            signs = {sign for other, sign in self.affirmed if other == name}
            if signs.isdisjoint(sign for other, sign in told.affirmed if other == name):
                return True
        return (
            shared >= _ALIKE
            and self.denials == told.denials + 1
            and not self._shares(self.heads, told)
        )

    @staticmethod
    def _shares(heads: tuple[tuple[str, ...], ...], other: Polarity) -> bool:
        """Whether another sentence has a word that each of these denials is about."""
        return all(
            any(word in other.plain or word in other.denied for word in head) for head in heads
        )

    def _affirms(self, heads: tuple[tuple[str, ...], ...]) -> bool:
        """Whether this says, without a denial, what another's denials are first about, nor denies
        the rest.
        """
        told = [frozenset(head) for head in self.heads if head]
        return any(
            head
            and head[0] in self.plain
            and head[0] not in self.denied
            and not any(each.issubset(head) for each in told)
            for head in heads
        )


@lru_cache(maxsize=4096)
def polarity(text: str) -> Polarity:
    """What a sentence denies and what it says."""
    heads: list[list[str]] = []
    denied: set[str] = set()
    plain: set[str] = set()
    affirmed: set[tuple[str, bool]] = set()
    denials = left = 0
    fresh = negative = replied = False
    opens = True  # whether a clause begins
    for token in _tokens(text):
        notion = _opposites().get(_word(token))
        if token in _STOPS and not (fresh and not replied and token in (",", ":", "however")):
            denials -= fresh and replied  # "No, it's free": what is denied was said before
            left, fresh, negative, opens = 0, False, False, True
            continue
        if token in DENIES or token.endswith("n't"):
            denials += 1
            replied, opens = opens, False
            left, fresh, negative = _REACH, True, not (negative and fresh)
            if token not in _DENIED_WORDS and notion is None:
                continue
            token = _DENIED_WORDS.get(token, token)
        opens = False
        if notion:
            affirmed.add((notion[0], notion[1] is not (negative and left > 0)))
        if token in STOPWORDS or not token[0].isalnum() or token[0].isdigit():
            continue
        word = _word(token)
        if left > 0 and negative:
            denied.add(word)
            if fresh:
                heads.append([])
                fresh = False
            if notion is None:  # a denied notion of the table is told by its sign
                heads[-1].append(word)
            elif not heads[-1]:
                heads.pop()
                left = 1
            left -= 1
        else:
            plain.add(word)
    return Polarity(
        tuple(map(tuple, heads)), frozenset(denied), frozenset(plain), frozenset(affirmed), denials
    )


def _tokens(text: str) -> Iterator[str]:
    from rjieba import cut

    text = _NO_DENIAL.sub(" ", simplified(normalise(text)))
    for token in _TOKEN.findall(text):
        if _HAN.match(token):
            for word in cut(token):
                yield from _apart(word)
        else:
            yield token


def _apart(word: str) -> Iterator[str]:
    """A Chinese word, from which a denial that the analysis took for a part of it is cut off:
    不位于, 未获得.
    """
    if (
        len(word) >= 3
        and word not in DENIES
        and word[0] in "不未没"
        and word[:2] not in ("不仅", "不但", "不同", "不断", "未来")
    ):
        yield word[0]
        yield word[1:]
    else:
        yield word
