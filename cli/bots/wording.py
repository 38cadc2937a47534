"""What bots say beside answers, in the language of who wrote to them."""

from __future__ import annotations

import re

from kb.text import language

_WORDING = {
    "empty": (
        "Ask me something: I answer from this community's sources, and cite them.",
        "问我一个问题吧：我根据社区的资料回答，并注明出处。",
    ),
    "often": (
        "You have asked a lot within a minute. Please wait a little.",
        "一分钟内问得太多了，请稍等片刻。",
    ),
    "unusable": (
        "I can't take this question. Please ask something shorter, in words.",
        "这个问题没法处理，请用文字问得短一些。",
    ),
    "failed": (
        "I can't answer right now. Please ask again later.",
        "现在无法回答，请稍后再问。",
    ),
    "corrected": (
        "Thank you. A person will look at your correction.",
        "谢谢，会有人查看你的更正。",
    ),
    "nothing to correct": (
        "I don't know which answer you mean. Please write it below that answer.",
        "不清楚你指的是哪个回答，请写在那个回答下面。",
    ),
}
_CORRECTION = re.compile(r"\s*(?:correct(?:ion)?|更正)\s*[:：]\s*(?=\S)", re.I)


def say(what: str, text: str) -> str:
    """What is said to somebody who wrote that text."""
    english, chinese = _WORDING[what]
    return chinese if language(text) == "zh" else english


def correction(text: str) -> str:
    """What somebody says would have been right, after `correct:` or `更正：`; empty for none."""
    match = _CORRECTION.match(text)
    return text[match.end() :].strip() if match else ""
