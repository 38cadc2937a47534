"""Parts of a draft that claim nothing: a line that introduces a list, the head of a table, a
courtesy at the end.
"""

from __future__ import annotations

import re

from kb.text import flat

_LEADS = re.compile(r"[:：][*_ ]*[ \t]*\n\s*\Z")
_LONGEST = 60  # characters: what is longer may claim something on its way
_COURTESY = re.compile(
    r"(?:i |we )?(?:really )?hope (?:this|that|it|these) (?:helps?|is helpful|was helpful|answers your question)"
    r"(?: you)?(?: out)?"
    r"|(?:please )?(?:let me know|feel free to (?:ask|reach out))(?: (?:if|whether|when) .{0,40})?"
    r"|(?:if you have|have) any (?:other |further |more )?questions.{0,30}"
    r"|希望(?:这|以上|上述|我)?(?:些|个)?(?:的)?(?:信息|内容|回答|说明|解答)?(?:能|可以|会)?(?:够)?对(?:你|您)(?:有所|有|能有)?(?:所)?帮助"
    r"|以上(?:就是|便是|即)(?:全部|所有|相关|关于|我|本)?[^，。,0-9]{0,20}(?:信息|内容|回答|答案|说明|介绍|总结|要点|全部)"
    r"|如(?:果)?(?:您|你)?(?:还)?有(?:其他|任何|更多)?(?:的)?(?:问题|疑问)[，,]?.{0,20}",
    re.I,
)


def claims_nothing(text: str) -> bool:
    """Whether an uncited piece of a draft only introduces the next line, or is a courtesy."""
    line = flat(text)
    if len(line) > _LONGEST or any(char.isdigit() for char in line):
        return False
    return bool(_LEADS.search(text)) or _COURTESY.fullmatch(line.strip(" .!。！~～😊")) is not None
