"""What askers read where an answer waits for a person, or is not given."""

from __future__ import annotations

_WAITING = {
    "en": "This answer is waiting for a person to look at it. Its id: {exchange}",
    "zh": "这个回答正在等待人工审核。编号：{exchange}",
}
_REFUSED = {
    "en": "This community does not answer that here.",
    "zh": "本社区在这里不回答这个问题。",
}
_DECLINED = {
    "en": "A person has looked at this question, and it is not answered here.",
    "zh": "这个问题经人工审核，在这里不作回答。",
}
_TIMED_OUT = {
    "en": "Nobody could look at this question in time, so it is not answered here.",
    "zh": "没有人及时审核这个问题，因此在这里不作回答。",
}


def waiting(exchange: str, lang: str) -> str:
    """What the asker of a held answer reads."""
    return _in(_WAITING, lang).format(exchange=exchange)


def refused(lang: str) -> str:
    """What the asker reads where a rule of the community forbids an answer."""
    return _in(_REFUSED, lang)


def declined(lang: str) -> str:
    """What the asker reads where a reviewer declined and left no note."""
    return _in(_DECLINED, lang)


def timed_out(lang: str) -> str:
    """What the asker reads where nobody decided in time."""
    return _in(_TIMED_OUT, lang)


def _in(wording: dict[str, str], lang: str) -> str:
    return wording["zh" if lang == "zh" else "en"]
