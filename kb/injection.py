"""Text that speaks to a language model rather than to a reader: found by rule, in Chinese and
English.

It is never changed, and is found and shown as any text. Passages are flagged, so that whoever keeps
the sources can look at them; what they say to a model supports no answer (`disregarding`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from kb.text import normalise, sentences
from kb.types import SUSPICIOUS, Hit, Passage

_UNSEEN = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
_HIDDEN = re.compile(
    # letters as tags; a flag's stand behind 🏴
    "(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0020-\U000e007f]"
    "|[\u200b-\u200f\u2060-\u2064]{8}"  # a message in characters of no width
    # writing turned around
    "|\u202e(?=[^\u202c\n]{0,200}\\w)|\u202d(?=[^\u202c\n]{0,200}[\u0590-\u08ff])"
)
_LOOKALIKE = re.compile("[a-z][\u0430-\u045f][a-z]|[\u0430-\u045f][a-z]{2}|[a-z]{2}[\u0430-\u045f]")
_CYRILLIC = re.compile("[\u0430-\u045f]")
_LATIN = str.maketrans("асеіорхуѕјԁһԛԝνο", "aceiopxysjdhqwvo")

_TOLD = r"(?:instructions?|prompts?|system messages?|guardrails)"
_RULES = r"(?:rules|guidelines|directions|orders|constraints|restrictions|context|sources|passages)"
_EARLIER = r"(?:previous|prior|above|earlier|preceding|foregoing|original|initial|existing)"
_TOLD_ZH = "(?:指令|指示|命令|提示词|提示詞|系统提示|系統提示|规则|規則|设定|設定|约束|約束|限制)"
_MODEL = r"(?:a\.?i\.?|llms?|language models?|(?:ai )?assistants?|chat ?bots?|gpt|claude)"
_MODEL_ZH = "(?:ai|人工智能|大模型|语言模型|語言模型|智能助手|ai ?助手|机器人|機器人)"
_TELL = r"(?:say|reply|answer|respond|output|print|include|append|recommend|end with|begin with|cite|state)"

_RULES_BY_KIND = {
    "override": (
        rf"\b(?:ignore|disregard|forget|override|bypass|(?:do not|don't|stop) (?:follow|obey)(?:ing)?)\b[^.\n]{{0,30}}?"
        rf"\b(?:(?:{_EARLIER}|all|any|your|these|those|system)\b[^.\n]{{0,20}}?\b{_TOLD}"
        rf"|{_EARLIER}\b[^.\n]{{0,15}}?\b{_RULES}|your\b[^.\n]{{0,15}}?\b(?:guidelines|sources|passages))\b"
        "|(?:忽略|无视|無視|忘记|忘記|忘掉|抛弃|不要理会|不要理會|不要遵[守循]|不再遵[守循]|推翻)[^。\n]{0,8}"
        "(?:以上|上述|上面|之前|前面|先前|此前|你的|系统|系統|一切|所有)"
        f"[^。\n]{{0,8}}{_TOLD_ZH}"
        rf"|\bnew (?:system )?instructions?\s*:|(?:新的?|最新)(?:系统|系統)?指令\s*[:：]"
    ),
    "role": (
        r"\byou are now (?:dan\b|in \w+ mode|(?:an? |the )?(?:\w+ ){0,3}"
        r"(?:assistant|model|ai|bot|chatbot|pirate|hacker)\b)"
        r"|\byou are no longer (?:an? |the )?(?:\w+ ){0,2}(?:assistant|model|ai|bot|bound)\b"
        r"|\bfrom now on,? you (?:are|must|will|only)\b"
        r"|\b(?:act|behave|pretend to be|respond) (?:as )?(?:an? |the )?(?:unrestricted|uncensored|jailbroken|evil)\b"
        r"|\b(?:enter|switch to|enable) (?:dan|god|jailbreak|unrestricted) mode\b"
        rf"|你现在(?:起)?是[^。\n]{{0,12}}{_MODEL_ZH}|你現在是[^。\n]{{0,12}}{_MODEL_ZH}|你不再是[^。\n]{{0,10}}{_MODEL_ZH}"
        r"|从现在(?:起|开始)[，,]?你(?:是|将|要|必须|只能)|從現在(?:起|開始)[，,]?你(?:是|將|要|必須|只能)"
        r"|进入(?:越狱|无限制|dan) ?模式"
    ),
    "marker": (
        r"<\|(?:im_start|im_end|system|user|assistant|eot_id|start_header_id|endoftext|end_of_turn)\|>|\[/?inst\]|<</?sys>>"
        r"|</sources?\s*>|<source\s+n\s*=|</?(?:system|system_prompt|end_of_sources)\s*>"
        r"|^[ \t#*>-]*(?:system|系统|系統)(?: ?prompt|提示词?|消息)?"
        r"\s*[:：]\s*(?:you|ignore|always|never|new|override|你|忽略|必须)"
    ),
    "demand": (
        rf"\b(?:note|message|instructions?|attention|reminder)\b[^.\n]{{0,10}} (?:to|for) (?:the |any |all )?{_MODEL}\b"
        rf"|\b{_MODEL}s? (?:(?:reading|processing|summari[sz]ing|answering)[^.\n]{{0,20}} )?"
        rf"(?:must|should|shall) (?:always |only |now )?{_TELL}\b"
        rf"|\bwhen(?:ever)? (?:you (?:are )?)?(?:answer(?:ing)?|asked|summari[sz](?:e|ing)|respond(?:ing)?)"
        r"\b[^.\n]{0,40}"
        rf"\b(?:you must|always|must|only) (?:{_TELL})\b"
        r"|\b(?:reply|respond|answer) (?:only |exactly )?with (?:no_answer|only|the (?:single )?word)\b"
        r"|\bno_answer\b"
        rf"|(?:回答|答复|答覆|回复|回覆|总结|總結)(?:本|该|這个|这个|任何|所有|此|用户的?)?(?:问题|問題|提问)?"
        r"(?:时|時|的时候|前)[，,]?(?:请|請|你)?(?:必须|必須|务必|務必|一律|只能|始终)"
        rf"|{_MODEL_ZH}[^。\n]{{0,8}}(?:必须|必須|务必|務必|请注意|一律)[^。\n]{{0,6}}(?:回答|输出|回复|推荐|说|告诉|引用)"
        r"|(?:请|請)?只(?:需|能|要)?(?:回复|回覆|输出|輸出)[“\"「']"
    ),
    "leak": (
        r"\b(?:reveal|print|repeat|output|leak|show me|send)\b[^.\n]{0,25}"
        r"\b(?:system prompt|your (?:instructions|prompt)|hidden prompt)\b"
        r"|!\[[^\]\n]{0,100}\]\(\s*https?://[^)\s]{1,200}[?&][^)\s]{0,100}=[^)\s]{0,40}(?:\{|\$|%7b|<|\[)"
        r"|\b(?:append|add|put|insert|send)\b[^.\n]{0,40}\b(?:user'?s? question|conversation|chat history)\b"
        r"[^.\n]{0,40}\b(?:url|link|image|https?)"
        r"|(?:泄露|洩露|打印|重复|告诉我|输出)[^。\n]{0,6}(?:系统提示|系統提示|系统指令|你的(?:指令|提示词))"
        r"|(?:把|将)[^。\n]{0,15}(?:问题|对话|提问|聊天记录)[^。\n]{0,15}(?:拼接|附加|发送|放)[^。\n]{0,10}(?:链接|网址|图片|url|https?)"
    ),
}
# Every rule needs one of its words. Most passages hold none, and looking for them takes no time.
_NEEDED = {
    "override": "ignore disregard forget override bypass follow obey instruction "
    "忽略 无视 無視 忘 抛弃 不要 不再 推翻 指令",
    "role": "you/are/now you/are/no from/now/on unrestricted uncensored jailbr evil dan/mode god/mode "
    "你现在 你現在 你不再 "
    "现在起 现在开始 現在起 現在開始 无限制 越狱 dan",
    "marker": "<| inst] sys> source> source/> sources> sources/> <source system prompt end_of_ 系统 系統",
    "demand": "no_answer assistant language/model llm chatbot chat/bot gpt claude /ai /must/ /always/ reply/ answer/ "
    "respond/ 回答 答复 答覆 回复 回覆 总结 總結 输出 輸出 必须 必須 务必 務必 一律 请注意",
    "leak": "system/prompt your/instructions your/prompt hidden/prompt ](http ](/http question conversation history "
    "提示 指令 问题 对话 提问 记录",
}
_NEEDLES = {
    kind: [word.replace("/", " ") for word in words.split()] for kind, words in _NEEDED.items()
}


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    """The compiled rules: 12 ms, which answers from ordinary passages need not wait for."""
    return {kind: re.compile(rule, re.M) for kind, rule in _RULES_BY_KIND.items()}


def instructions(text: str) -> tuple[str, ...]:
    """What in `text` speaks to a model: override, role, marker, demand, leak; hidden where it is
    made unreadable.

    Looked at as it is compared, with look-alike letters as Latin ones. Rules, hence neither whole
    nor never wrong.
    """
    seen = text if text.isascii() else _UNSEEN.sub("", text)
    is_hidden = len(seen) < len(text) and _HIDDEN.search(text) is not None
    plain = normalise(seen)
    if _CYRILLIC.search(plain) and _LOOKALIKE.search(plain):
        is_hidden, plain = True, plain.translate(_LATIN)
    kinds = [
        kind
        for kind, pattern in _patterns().items()
        if _holds_any(plain, _NEEDLES[kind]) and pattern.search(plain)
    ]
    return (*kinds, "hidden") if is_hidden else tuple(kinds)


def _holds_any(text: str, needles: Sequence[str]) -> bool:
    for needle in needles:  # any() of a generator takes twice as long  # noqa: SIM110
        if needle in text:
            return True
    return False


def disregarding(hits: Sequence[Hit]) -> list[Hit]:
    """The hits with blanks where a flagged passage speaks to a model, so that places in it stay."""
    return [_without(hit) for hit in hits]


def spoken(passage: Passage) -> list[tuple[int, int]]:
    """The sentences of a flagged passage that instruct a language model, as (start, end), each with
    the rest of its line, and with one that stands between two of them; none of any other passage.
    """
    if not passage.meta.get(SUSPICIOUS):
        return []
    text = passage.text
    spans = sentences(text)
    flagged: list[bool] = []
    for number, (start, end) in enumerate(spans):
        goes_on = number > 0 and flagged[-1] and "\n" not in text[spans[number - 1][1] : start]
        flagged.append(goes_on or bool(instructions(text[start:end])))
    enclosed = [
        before and after
        for before, after in zip([False, *flagged], [*flagged[1:], False], strict=False)
    ]
    return [
        span for span, own, within in zip(spans, flagged, enclosed, strict=True) if own or within
    ]


def _without(hit: Hit) -> Hit:
    text = hit.passage.text
    for start, end in spoken(hit.passage):
        blank = "".join("\n" if char == "\n" else " " for char in text[start:end])
        text = text[:start] + blank + text[end:]
    return (
        replace(hit, passage=replace(hit.passage, text=text)) if text != hit.passage.text else hit
    )
