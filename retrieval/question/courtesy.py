"""Messages that ask nothing, greetings, thanks and goodbyes, and what is replied to them.

`python -m tests.bench.courtesies` tells how many of those that people really wrote are known, and
how many real questions would be taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal
from unicodedata import normalize

Courtesy = Literal["greeting", "thanks", "farewell"]

_LONGEST = 60  # characters: who writes more has something to say
_SIMPLIFIED = str.maketrans("謝們嗎見嘍囉麻煩幫助頭", "谢们吗见喽啰麻烦帮助头")
_NO_WORD = re.compile(r"[\W_]+")
_APOSTROPHE = re.compile(r"['’]")
_WHOM = "(?:你们?|您|大家|各位|老师|同学们?|朋友们?|小伙伴们?|群主|亲)"
_END = "(?:[啊呀哦呢吧哈啦了喽哟哇嘿呵]*)"
_GREETINGS = (
    "你好[吗么]|最近好[吗么]",
    rf"{_WHOM}?(?:你好|您好|你们好|大家好|各位好|老师好|好呀){_WHOM}?",
    f"{_WHOM}?(?:早上|上午|中午|下午|晚上|早|午)(?:好|安)?{_WHOM}?",
    "哈[喽啰罗]|嗨+|嘿+|在[吗么]|在不在|有人(?:在)?[吗么]|很?高兴认识[你您]|幸会",
    "gm|hi+|hello|hey+|heya|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|morning",
    "how are you(?: doing)?(?: today)?|hows it going|how do you do|nice to meet you",
    "(?:is )?any(?:body|one) (?:there|here)",
)
_THANKS = (
    f"(?:好的?|嗯+|收到|明白了?|知道了|懂了|太好了|真的|真是)?(?:非常|十分|多|太|万分|很|实在)?"
    f"(?:感谢|谢谢+|谢|多谢){_WHOM}?(?:的?(?:帮助|帮忙|回答|解答|回复|分享|时间|支持))?",
    f"{_WHOM}?辛苦{_WHOM}?了?|麻烦{_WHOM}了?|(?:很有|有)帮助|帮了大忙",
    "(?:many |big |a lot of |lots of )?thanks?(?: you)?(?: (?:a lot|a bunch|a million|a ton|so much|"
    "very much|again|indeed))*(?: for (?:(?:your|the|all your|all the) (?:help|answers?|time|info|reply)"
    "|explaining|sharing|clarifying|answering|helping))?",
    "thank u|thanx|thx|tysm|ty|cheers|much appreciated|(?:i )?(?:really )?appreciate it",
    "(?:that|this|it) (?:really )?help(?:s|ed)(?: a lot)?|very helpful|youre the best",
)
_FAREWELLS = (
    "再见|拜拜|回见|回头见|明天见|下次见|改天聊|晚安|慢走",
    "bye+|bye bye|goodbye|good bye|good night|see (?:you|ya)(?: (?:later|soon|tomorrow|around))?",
    "have a (?:nice|good|great|lovely) (?:day|one|evening|night|weekend)|take care",
)
_BESIDE = (
    "好的?|嗯+|哦+|收到|明白了?|知道了|懂了|太好了|太棒了|没问题",
    "ok|okay|great|perfect|got it|awesome|cool|nice|wonderful|excellent|sure|yes|oh|wow|all good",
    _WHOM,
    "there|all|everyone|everybody|guys|folks|team|again|friends?|kb|and|so",
)


def _any_of(ways: tuple[str, ...]) -> str:
    return "|".join(f"(?:{way}){_END}(?![a-z])" for way in ways)


_PHRASE = re.compile(
    rf"(?P<thanks>{_any_of(_THANKS)})|(?P<farewell>{_any_of(_FAREWELLS)})"
    rf"|(?P<greeting>{_any_of(_GREETINGS)})|{_any_of(_BESIDE)}| "
)
_REPLIES: dict[str, dict[Courtesy, str]] = {
    "en": {
        "greeting": "Hello! What would you like to know? I answer from the sources, and cite them.",
        "thanks": "You're welcome!",
        "farewell": "Goodbye!",
    },
    "zh": {
        "greeting": "你好！想了解什么？我只按资料回答，并注明出处。",
        "thanks": "不客气！",
        "farewell": "再见！",
    },
}


def courtesy(text: str) -> Courtesy | None:
    """What a message is that holds a courtesy and nothing else; None for all others.

    Of several the one that asks for a reply most: thanks before goodbyes before greetings.
    """
    if len(text) > _LONGEST:
        return None
    words = _APOSTROPHE.sub("", normalize("NFKC", text).lower().translate(_SIMPLIFIED))
    phrases = list(_phrases(_NO_WORD.sub(" ", words).strip()))
    kinds: tuple[Courtesy, ...] = ("thanks", "farewell", "greeting")
    return next((kind for kind in kinds if kind in phrases), None)


def _phrases(words: str) -> Iterator[str]:
    """The kinds of the phrases one after the other; none at all where something else is among them.

    Each is taken as it is first read, so that a long message is not read in all possible ways.
    """
    kinds, at = [], 0
    while phrase := _PHRASE.match(words, at):
        kinds.append(phrase.lastgroup or "")
        at = phrase.end()
    if at == len(words):
        yield from kinds


def courtesy_reply(text: str) -> str | None:
    """What is replied to a courtesy, in its language; None for what may be a question."""
    kind = courtesy(text)
    if kind is None:
        return None
    chinese = re.search("[\u4e00-\u9fff]", text)
    return _REPLIES["zh" if chinese else "en"][kind]
