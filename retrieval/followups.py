"""Follow-ups made to stand alone, by rule: what they leave unsaid is carried over from the question before.

Three things make a question depend on the one before: a pronoun that nothing before it in the question explains, a
fragment ("and in Shanghai?", "那上海呢？"), and a question about nothing that is named ("How much?", "需要哪些材料？").
A fragment takes the place of what it is most like in the question before, by the cosine of the static table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from kb.embedders.static import StaticEmbedder
from kb.text import language, terms, words

_LONGEST_TOPIC = 200
_ALIKE = 0.28  # cosine from which a fragment takes the place of a phrase
_ALIKE_KIND = 0.18  # the same, where both are names, or follow the same preposition
_LENGTH = 0.005  # cosine that a longer phrase must have more, a character of Chinese or a word
_LONGEST_PHRASE = 6  # characters of Chinese
_ENOUGH = 2  # words with a topic of its own that a whole question has

_END = re.compile(r"[\s?？!！。.…]+$")

# --- English ------------------------------------------------------------------------------------------------------

_FILLER = re.compile(
    r"(?:(?:ok|okay|yes|and|but|so|then|also|now|well|right|great|thanks|thank you|got it|i see|sure|hmm|oh)\b"
    r"[\s,.!]*)+",
    re.I,
)
_ABOUT = re.compile(
    r"(?:what|how) about\s+|what if (?:it'?s|it is|they are|i am|i'm|we are)\s+|same for\s+|or\s+", re.I
)
_OPENING = re.compile(
    r"(?:what|how|when|where|who|whom|whose|which|why|is|are|was|were|am|do|does|did|can|could|should|would|will|shall"
    r"|may|might|must|has|have|had|tell|explain|give|show|list|describe|name|compare|isn't|aren't|don't|doesn't|can't"
    r"|shouldn't|won't|what's|who's|how's|where's|i|we|my|our)\b",
    re.I,
)
_PREPOSITIONS = "in|at|on|from|for|with|without|to|of|by|after|before|during|under|over|as|about|between|into"
_PREPOSITION = re.compile(rf"({_PREPOSITIONS})\s+", re.I)
_DETERMINER = re.compile(r"(?:a|an|the|my|our|your|any|some)\s+", re.I)
_IT_IS_NOBODY = re.compile(  # "is it worth raising": what it stands for follows
    r"\b(?:is|was|does|would|will|should|could|can|might|did)(?:n't)? it (?:\w+ ){1,3}?(?:to|if|that|when|for|\w+ing)\b"
    r"|\bit(?:'s| is| takes?| makes?| costs?) (?:\w+ ){0,3}(?:to|if|that|when)\b",
    re.I,
)
_THING = re.compile(
    r"\b(?:it|its|itself)\b"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )\bthere\b(?=\s*(?:$|[,;)]|(?:in|on|by|for|with|to|and|or)\b))"
    r"|(?:(?<=is )|(?<=does )|(?<=about )|(?<=like )|(?<=than ))that\b"
    r"|\b(?:this|that|these|those)(?=\s*(?:$|[,;)]|(?:is|was|are|were|does|do|did|can|will|would|should|work|works|mean"
    r"|means|take|takes|cost|costs|apply|applies|happen|happens|change|changes|include|to|for|in|with|and|or|one|ones"
    r"|kind|sort|program|visa|thing|way|case|number|amount|person|company|rule|deadline|form|document|event)\b))",
    re.I,
)
_PEOPLE = re.compile(r"\b(?:he|him|his|she|her|hers|they|them|their|theirs)\b", re.I)
_ONLY_ASKING = (  # words that ask about a topic without naming one
    "long take cost price fee much many happen work need apply require requirement document deadline due date next "
    "step example instance benefit advantage disadvantage risk downside pros cons eligible eligibility qualify "
    "different difference mean detail explain more else start begin first process procedure paperwork often fast "
    "soon late far best worst good bad worth safe legal possible limit minimum maximum typical typically usual "
    "usually average normal expensive cheap free time year month week day hour reason compare alternative option "
    "catch exception say really actually exactly specific expect expectation prepare ready afterwards afterward "
    "someone anyone everyone everything something anything founder startup form pay"
)
_THERE_IS = re.compile(r"(?:is|are|was|were|will) there\b", re.I)
_DEFINED = re.compile(r"(?:what|who)(?:'s|\s+is|\s+are|\s+does)\s+(?!the\b|my\b|our\b)", re.I)
_WHAT_IS = re.compile(
    r"(?:what|who)(?:'s|\s+is|\s+are|\s+was|\s+were)\s+(?P<what>.+)"
    r"|(?:tell me (?:more )?about|explain|describe|define)\s+(?P<told>.+)"
    r"|what (?:does|do|did)\s+(?P<meant>.+?)\s+mean",
    re.I | re.S,
)
_HOW_TO = re.compile(
    r"(?:how|when|where|why|what|which\s+\w+|what\s+\w+)\s+(?:to|(?:do|does|can|could|should|would|did|will|must)\s+"
    r"(?:i|we|you|one|people))\s+(?P<act>.+)",
    re.I | re.S,
)
_WHAT_DOES = re.compile(
    r"(?:how|what|when|where|why)(?:\s+\w+)?\s+(?:does|did|will|would)\s+(?P<who>.+)\s+(?:take|cost|work|mean|last|start|begin"
    r"|end|happen|open|close|need|require|charge|pay|say|offer|do|help)",
    re.I | re.S,
)
_ASKING = re.compile(
    r"^(?:(?:how (?:much|many|long|often|soon|far|big)|what|how|when|where|who|why|which|whose|is|are|was|were|do|does"
    r"|did|can|could|should|would|will|must|has|have|i|we|you|there|it|need|need to)\s+)+",
    re.I,
)

# --- Chinese ------------------------------------------------------------------------------------------------------

_ZH_FILLER = re.compile(
    r"(?:(?:好的?|嗯|哦|噢|谢谢|謝謝|明白了?|知道了?|那么|那麼|那|还有|還有|另外|然后|然後|而且|以及|或者|但是?|而|再)[，,、\s]*)+"
)
_ZH_ABOUT = re.compile(
    r"(?:如果|要是|假如)(?:我?是|在|换成|換成|用)?|换成|換成|改成|对于|對於|关于|關於|至于|至於|在|对|對|我?是"
)
_ZH_ASKS = re.compile(
    r"什么|什麼|甚么|怎么|怎麼|怎样|怎樣|如何|为何|為何|哪|谁|誰|几|幾|多少|多久|多长|多長|多大|多快|多高|吗|嗎|么$|麼$|是否|是不是|能不能"
    r"|可不可以|要不要|该不该|該不該|会不会|會不會|有没有|有沒有|介绍|介紹|解释|解釋|说说|說說|讲讲|講講"
)
_ZH_DEFINED = re.compile(r"(?:什么|什麼)是|.*是(?:什么|什麼|谁|誰)(?:意思)?$")
_ZH_TOO = re.compile(r"(.{1,12}?)(?:也)?(?:有|行|可以|能|一样|一樣|适用|適用|是|需要|要)[吗嗎么]$")
_ZH_WITHIN = re.compile(r"里面|裡面|其中|上面|接下来|接下來|接着|接著")
_ZH_PEOPLE = re.compile(r"(?<![其吉])(?:他们|她们|他們|她們|[他她](?!人))")
_ZH_THING = re.compile(
    r"它们|它們|(?<!其)它|[这這那](?:个|個|些|种|種|样|樣|里|裡|边|邊|份|类|類|项|項|件|家|笔|筆)|前者|后者|後者|[这這](?![样樣次])"
)
_ZH_ONLY_ASKING = (
    "申请 申請 费用 費用 价格 價格 钱 錢 花 材料 资料 资格 条件 要求 流程 步骤 手续 手續 例子 案例 举例 好处 坏处 "
    "优点 缺点 优势 劣势 风险 限制 期限 时间 截止 截止日期 日期 原因 区别 区分 不同 意思 细节 详细 准备 准备好 注意 "
    "事项 注意事项 下一步 第一步 开始 结束 处理 操作 办理 需 必须 最 最好 最多 最少 最低 最高 至少 大约 左右 长 "
    "时长 周期 快 慢 贵 便宜 免费 值得 难 容易 合适 合法 可行 说明 解释 建议 推荐 方法 办法 方式 还要 还有 更 "
    "更多 别的 其他 情况 结果 影响 后果 用 有用 比例 额度 金额 一年 每年 每月 天 年 月 周 小时 失败 成功 通过 "
    "拒绝 查 找 去 来 看 算 交 提交 付 付款 做到 参加 报名 联系 地址 地点 地方 怎 麼 什 為 何 為什麼 什麼 怎麼"
)
_ZH_ASKING = re.compile(
    r"什么是|什麼是|(?:指的)?是(?:什么意思|什么时候|什么|什麼意思|什麼時候|什麼|谁|誰|多少|哪[里裡些个個])|请问|請問|请?介绍(?:一下)?|請?介紹(?:一下)?"
    r"|(?:要|需要|会|能|得|可以|应该|應該)?(?:什么时候|什麼時候|为什么|為什麼|怎么样|怎麼樣|怎么|怎麼|怎样|怎樣|如何|为何|為何|多少钱|多少錢|多少"
    r"|多长时间|多長時間|多久|哪些|哪个|哪個|哪里|哪裡|几个|幾個|谁|誰|什么|什麼)|我们|我們|(?<!自)我|你们|有没有|有沒有|能不能|是不是|应该|應該"
    r"|(?:的)?[吗嗎呢呀啊吧]$"
)


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question as it can be understood by itself, and what it is about, for the follow-ups to come."""

    question: str
    topic: str


def topic_of(question: str) -> str:
    """What a question is about: the question without the words that ask, at most 200 characters."""
    body = _END.sub("", question.strip())
    if _is_chinese(question):
        topic = _ZH_ASKING.sub("", _ZH_FILLER.sub("", body, count=1) if _ZH_FILLER.match(body) else body)
        topic = re.sub(r"[的是在要]$", "", topic.strip("，, 、：:"))
    else:
        body = _without(_FILLER, body)
        if found := _WHAT_IS.fullmatch(body):
            topic = found["what"] or found["told"] or found["meant"]
        elif (found := _WHAT_DOES.fullmatch(body)) and terms(found["who"]):
            topic = found["who"]
        elif found := _HOW_TO.fullmatch(body):
            topic = f"to {found['act']}"
        else:
            topic = _ASKING.sub("", body)
    return _clipped(topic or body)


def standalone(text: str, previous: str, topic: str) -> Standalone | None:
    """The follow-up `text` with what it leaves unsaid taken from the `previous` question, which is about `topic`.

    None when it stands alone as it is.
    """
    body = _END.sub("", text.strip())
    return _chinese(body, previous, topic) if _is_chinese(text) else _english(body, previous, topic)


def _english(body: str, previous: str, topic: str) -> Standalone | None:
    rest = _without(_FILLER, body)
    fragment = _without(_ABOUT, rest)
    led = fragment != body or bool(_PREPOSITION.match(fragment))
    if not _OPENING.match(fragment) and not _PEOPLE.search(fragment) and not _THING.search(fragment):
        return _filled_in(fragment, previous, topic, led) if fragment else None
    expletive = _IT_IS_NOBODY.search(rest)
    if not expletive and (found := _unexplained(_THING, rest)):
        return Standalone(_with_topic(rest, found, topic), topic)
    if found := _unexplained(_PEOPLE, rest):
        return Standalone(_beside(rest, topic), topic)
    if _is_whole(rest, _DEFINED, _ENOUGH + bool(_THERE_IS.match(rest))):
        return None
    if _HOW_TO.fullmatch(rest) or len(terms(rest)) > 0:
        return Standalone(_behind(rest, topic), topic)
    return Standalone(_beside(rest, topic), topic)


def _chinese(body: str, previous: str, topic: str) -> Standalone | None:
    rest = _without(_ZH_FILLER, body)
    if not _ZH_ASKS.search(rest) and not _ZH_THING.search(rest) and not _ZH_PEOPLE.search(rest):
        fragment = _without(_ZH_ABOUT, re.sub(r"(?:的话|的話)?呢$", "", rest))
        led = rest != body or fragment != rest
        return _filled_in(fragment, previous, topic, led) if fragment else Standalone(_beside(body, topic), topic)
    if found := _ZH_TOO.fullmatch(rest):
        return _filled_in(_without(_ZH_ABOUT, found[1]), previous, topic, led=True)
    if found := _unexplained(_ZH_THING, rest):
        return Standalone(f"{rest[: found.start()]}{topic}{rest[found.end() :]}？", topic)
    if _unexplained(_ZH_PEOPLE, rest):
        return Standalone(_beside(rest, topic), topic)
    if _ZH_WITHIN.match(rest):
        return Standalone(f"{topic}{rest}？", topic)
    if _is_whole(rest, _ZH_DEFINED, _ENOUGH):
        return None
    if re.match(r"[为為][什何]|怎么说|例如|比如", rest) or not terms(rest):
        return Standalone(_beside(rest, topic), topic)
    return Standalone(f"{topic}{rest}？", topic)


def _filled_in(fragment: str, previous: str, topic: str, led: bool) -> Standalone | None:
    """A fragment in the place of what it is most like in the question before, else added to it."""
    question = _END.sub("", previous.strip())
    prefix = _PREPOSITION.match(fragment)
    bare = fragment[prefix.end() :] if prefix else fragment
    bare_start = _DETERMINER.match(bare)
    naked = bare[bare_start.end() :] if bare_start else bare
    asked = _DEFINED.match(question)
    topic = topic or topic_of(question)
    if place := _most_alike(naked, question, prefix[1] if prefix else ""):
        start, end = place
        before = question[:start]
        if bare_start and (article := re.search(r"\b(?:a|an|the)\s+$", before, re.I)):
            before, naked = before[: article.start()], bare
        whole = f"{before}{naked}{question[end:]}"
        topic = topic.replace(question[start:end], naked) if question[start:end] in topic else topic_of(whole)
    elif not prefix and topic in question and (asked or bare_start or _is_name(fragment)) and not _is_chinese(question):
        whole, topic = question.replace(topic, fragment), fragment
    elif not led and len(terms(fragment)) >= _ENOUGH:
        return None  # keywords of another topic
    elif _is_chinese(question):
        whole, topic = f"{fragment}，{question}", f"{fragment}{topic}"
    elif len(terms(fragment)) > _ENOUGH and not prefix:
        return None
    else:
        added = fragment[0].lower() + fragment[1:] if prefix else fragment
        whole, topic = f"{question}, {added}", f"{topic} {added}"
    whole += "？" if _is_chinese(whole) else "?"
    return Standalone(whole, topic)


def _most_alike(fragment: str, question: str, preposition: str) -> tuple[int, int] | None:
    """Where in the question the phrase stands that is most like the fragment; None when none is alike."""
    own = set(words(fragment))
    if not terms(fragment) or len(fragment) > _LONGEST_TOPIC:
        return None
    static = StaticEmbedder()
    wanted = static.question(fragment)
    best, place = 0.0, None
    for start, end in _phrases(question[:_LONGEST_TOPIC]):
        phrase = question[start:end]
        cosine = float(static.question(phrase) @ wanted)
        behind = bool(preposition) and re.search(rf"\b{preposition}\s+(?:\w+\s+)?$", question[:start], re.I)
        same_kind = behind or (not preposition and start and _is_name(phrase) and _is_name(fragment))
        score = cosine - _LENGTH * (len(phrase.split()) if phrase.isascii() else len(phrase))
        if cosine >= (_ALIKE_KIND if same_kind else _ALIKE) and score > best and not own.issuperset(words(phrase)):
            best, place = score, (start, end)
    return place


def _is_name(phrase: str) -> bool:
    return bool(re.search("[A-Z]", phrase))


def _phrases(question: str) -> Iterator[tuple[int, int]]:
    """Pieces of the question that may be exchanged: up to three words that carry its topic, side by side."""
    if _is_chinese(question):
        yield from _chinese_phrases(question)
        return
    carrying = set(terms(question))
    run: list[tuple[int, int]] = []
    for word in re.finditer(r"[^\W_]+(?:'[^\W_]+)*", question):
        run = [*run, word.span()][-3:] if carrying.issuperset(words(word[0])) else []
        yield from ((start, word.end()) for start, _ in run)


def _chinese_phrases(question: str) -> Iterator[tuple[int, int]]:
    """The same in Chinese, where the words found may overlap: from the start of one to the end of another."""
    carrying = terms(question)
    found = [(begin, begin + len(word)) for word in carrying if (begin := question.find(word)) >= 0]
    others = [word for word in set(words(question)) if word not in carrying]
    for start in {start for start, end in found if end - start > 1}:
        for end in {end for _, end in found}:
            phrase = question[start:end]
            if 1 < end - start <= _LONGEST_PHRASE and not any(word in phrase for word in others):
                yield start, end


def _unexplained(pronoun: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first pronoun before which the text names nothing that it could stand for."""
    found = pronoun.search(text)
    return found if found and len(_topical(text[: found.start()])) < _ENOUGH else None


def _is_whole(text: str, defined: re.Pattern[str], enough: int) -> bool:
    """Whether a question names enough to be understood; one for what a thing is needs to name only that."""
    return len(_topical(text)) >= (1 if defined.match(text) else enough)


def _topical(text: str) -> list[str]:
    """The words that name a topic: not those that only ask about one, such as cost or requirements."""
    return [
        word
        for word in terms(text)
        if word not in _only_asking() and not word.isdigit() and not _ZH_ASKS.fullmatch(word)
    ]


@lru_cache(maxsize=1)
def _only_asking() -> frozenset[str]:
    return frozenset([*words(_ONLY_ASKING), *_ZH_ONLY_ASKING.split()])


def _with_topic(body: str, pronoun: re.Match[str], topic: str) -> str:
    """A topic in place of the pronoun for a thing; an act goes behind the question."""
    after = body[pronoun.end() :]
    if topic.startswith("to "):
        return f"{body} {topic}?" if not after or re.match(r"\s+\w+$", after) else _beside(body, topic)
    if pronoun[0].lower() in ("this", "that", "these", "those") and re.match(r"\s+(?!is\b|was\b|are\b|do)\w", after):
        return _beside(body, topic)
    own = "'s" if pronoun[0].lower() == "its" else ""
    return f"{body[: pronoun.start()]}{topic}{own}{after}?"


def _behind(body: str, topic: str) -> str:
    return f"{body} {topic if topic.startswith('to ') else f'for {topic}'}?"


def _beside(body: str, topic: str) -> str:
    bare = topic.removeprefix("to ")
    return f"{body}？（{bare}）" if _is_chinese(body) else f"{body} ({bare})?"


def _without(lead: re.Pattern[str], text: str) -> str:
    found = lead.match(text)
    return text[found.end() :].strip() if found else text


def _clipped(topic: str) -> str:
    topic = " ".join(topic.split())
    return topic if len(topic) <= _LONGEST_TOPIC else topic[:_LONGEST_TOPIC].rsplit(" ", 1)[0]


def _is_chinese(text: str) -> bool:
    return language(text) == "zh" or bool(re.search("[呢吗嗎]$", _END.sub("", text)))
