"""Cues in questions, English and Chinese: what asks, what points back, and what only asks about a
topic.
"""

from __future__ import annotations

import re

COUNT = re.compile(r"[几幾][个個名位人家次场場条條项項]|多少(?![钱錢])|\bhow many\b", re.I)
END = re.compile(r"(?<![\s?？!！。.…])[\s?？!！。.…]+$")  # a run is looked at once, however long

# --- English --------------------------------------------------------------------------------------

FILLER = re.compile(
    r"(?:(?:ok|okay|yes|and|but|so|then|also|now|well|right|great|thanks|thank you|got it|i see|sure|hmm|oh)\b"
    r"[\s,.!]*)+",
    re.I,
)
ABOUT = re.compile(
    r"(?:what|how) about\s+|what if (?:it'?s|it is|they are|i am|i'm|we are)\s+|same for\s+|or\s+",
    re.I,
)
OPENING = re.compile(
    r"(?:what|how|when|where|who|whom|whose|which|why|is|are|was|were|am|do|does|did|can|could|should|would|will|shall"
    r"|may|might|must|has|have|had|tell|explain|give|show|list|describe|name|compare|isn't|aren't|don't|doesn't|can't"
    r"|shouldn't|won't|what's|who's|how's|where's|i|we|my|our)\b",
    re.I,
)
PREPOSITIONS = (
    "in|at|on|from|for|with|without|to|of|by|after|before|during|under|over|as|about|between|into"
)
PREPOSITION = re.compile(rf"({PREPOSITIONS})\s+", re.I)
DETERMINER = re.compile(r"(?:a|an|the|my|our|your|any|some)\s+", re.I)
IT_IS_NOBODY = re.compile(  # "is it worth raising": what it stands for follows
    r"\b(?:is|was|does|would|will|should|could|can|might|did)(?:n't)? it (?:\w+ ){1,3}?(?:to|if|that|when|for|\w+ing)\b"
    r"|\bit(?:'s| is| takes?| makes?| costs?) (?:\w+ ){0,3}(?:to|if|that|when)\b",
    re.I,
)
IT_DOES = re.compile(
    r"\b(?:is|was|does|did|will|would|can|could|should|might)\s+$", re.I
)  # "book it" is not so
THING = re.compile(
    r"\b(?:it|its|itself)\b"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )\bthere\b(?=\s*(?:$|[,;)]|(?:in|on|by|for|with|to|and|or)\b))"
    r"|(?:(?<=is )|(?<=does )|(?<=about )|(?<=like )|(?<=than ))that\b"
    r"|\b(?:this|that|these|those)(?=\s*(?:$|[,;)]|(?:is|was|are|were|does|do|did|can|will|would|should|work|works|mean"
    r"|means|take|takes|cost|costs|apply|applies|happen|happens|change|changes|include|to|for|in|with|and|or|one|ones"
    r"|kind|sort|program|visa|thing|way|case|number|amount|person|company|rule|deadline|form|document|event)\b))",
    re.I,
)
PEOPLE = re.compile(r"\b(?:he|him|his|she|her|hers|they|them|their|theirs)\b", re.I)
ONLY_ASKING = (  # words that ask about a topic without naming one
    "long take cost price fee much many happen work need apply require requirement document deadline due date next "
    "step example instance benefit advantage disadvantage risk downside pros cons eligible eligibility qualify "
    "different difference mean detail explain more else start begin first process procedure paperwork often fast "
    "soon late far best worst good bad worth safe legal possible limit minimum maximum typical typically usual "
    "usually average normal expensive cheap free time year month week day hour reason compare alternative option "
    "catch exception say really actually exactly specific expect expectation prepare ready afterwards afterward "
    "someone anyone everyone everything something anything founder startup form pay include provide"
)
SUBJECT = re.compile(  # what a question is about, unless that is who asks or is asked
    r"(?:(?:how|what|when|where|why)(?:\s+(?:much|many|long|often|soon|late|far|big))?\s+)?"
    r"(?:is|are|was|were|does|do|did|will)\s+(?!(?:i|we|you|one|people|there|other|another|more|(?:any|every|some)\w*)\b)"
    r"(?:(?:a|an|the|my|our)\s+)?(?P<subject>[\w'-]+(?:\s+[\w'-]+)?)",
    re.I,
)
# "is lunch included": in what? "are students eligible": for what? "the deposit": of what?
LEANING = re.compile(
    r"\b(?:included|provided|needed|required|necessary|enough|eligible"
    r"|(?:student|member|guest|visitor|teacher|employee|foreigner|team)s?"
    r"|(?:deposit|discount|stipend|prize|salary|agenda|venue|ticket|speaker|winner|application|interview|schedule|rule"
    r"|location|result|condition|term|organi[sz]er|judge)s?|opening|capacity|duration|criteria|jury|phone|email|website)\b",
    re.I,
)
THERE_IS = re.compile(r"(?:is|are|was|were|will) there\b", re.I)
DEFINED = re.compile(
    r"(?:what|who(?!\s+(?:is|are)\s+\w+ed\b))(?:'s|\s+is|\s+are|\s+does)\s+(?!the\b|my\b|our\b)",
    re.I,
)
WHAT_IS = re.compile(
    r"(?:what|who)(?:'s|\s+is|\s+are|\s+was|\s+were)\s+"
    r"(?:(?:included|invited|involved|covered|required|allowed|eligible|responsible|in charge)\s+(?:in|by|for|of|to)"
    r"\s+)?(?P<what>.+)"
    r"|(?:tell me (?:more )?about|explain|describe|define)\s+(?P<told>.+)"
    r"|what (?:does|do|did)\s+(?P<meant>.+?)\s+mean",
    re.I | re.S,
)
HOW_TO = re.compile(
    r"(?:how|when|where|why|what|whom?|which\s+\w+|what\s+\w+)\s+(?:to|(?:do|does|can|could|should|would|did|will|must)\s+"
    r"(?:i|we|you|one|people))\s+(?P<act>.+)",
    re.I | re.S,
)
MAY_I = re.compile(
    r"(?:(?:can|could|should|may|must|would|shall)\s+(?:i|we|you|one|people)|do\s+you)\s+(?!need\b|have\b)(?P<act>.+)",
    re.I | re.S,
)
GOES_ON = re.compile(
    r",|\b(?:and|or|but|if|when|worth)\b", re.I
)  # what follows may mean what was named before
MAY = re.compile(
    r"(?:who|can|could|should|may|must|will|would|do|does|did)\s+(?!i\b|we\b|you\b)", re.I
)
LAST_THING = re.compile(r".+\s(?P<what>(?:the|a|an|my|our)\s.+)", re.I | re.S)
STATE = re.compile(
    r"(?<!\s)\s+(?:free|open|closed|held|due|allowed|possible|available|located|required|needed|included)$",
    re.I,
)
WHO_DOES = re.compile(  # "who signs off claims" is about the claims
    r"who(?:\s+(?:can|could|should|would|will|must|may))?\s+(?!(?:is|are|was|were|can|could|should|would|will|must|may)\b)\w+"
    rf"(?:\s+(?:off|up|out|{PREPOSITIONS}))*\s+(?P<what>\S.*)",
    re.I | re.S,
)
CLAUSE = re.compile(
    r"\b(?:who|is|are|was|were|do|does|did|can|could|should|would|will|must|may)\b", re.I
)
WHAT_DOES = re.compile(
    r"(?:(?:how|what|when|where|why)(?:\s+\w+)?\s+)?(?:does|did|will|would)\s+(?P<who>.+)\s+(?:take|cost|work|mean|last|start|begin"
    r"|end|happen|open|close|meet|expire|need|require|charge|pay|say|offer|do|help)",
    re.I | re.S,
)
ASKING = re.compile(
    r"^(?:(?:how (?:much|many|long|often|soon|far|big)|what|how|when|where|who|why|which|whose|is|are|was|were|do|does"
    r"|did|can|could|should|would|will|must|has|have|i|we|you|there|it|need|need to)\s+)+",
    re.I,
)

# --- Chinese --------------------------------------------------------------------------------------

ZH_FILLER = re.compile(
    r"(?:(?:好的?|嗯|哦|噢|谢谢|謝謝|明白了?|知道了?|请问|請問|那么|那麼|那|还有|還有|另外|然后|然後|而且|以及|或者|但是?|而|再)[，,、\s]*)+"
)
ZH_ABOUT = re.compile(
    r"(?:如果|要是|假如)(?:我?是|在|换成|換成|用)?|换成|換成|改成|对于|對於|关于|關於|至于|至於|在|对|對|我?是"
)
ZH_ASKS = re.compile(
    r"什么|什麼|甚么|怎么|怎麼|怎样|怎樣|如何|为何|為何|哪|谁|誰|几|幾|多少|多久|多长|多長|多大|多快|多高|吗|嗎|么$|麼$|是否|是不是|能不能"
    r"|可不可以|要不要|该不该|該不該|会不会|會不會|有没有|有沒有|介绍|介紹|解释|解釋|说说|說說|讲讲|講講"
)
ZH_DEFINED = re.compile(r"(?:什么|什麼)是|.*是(?:什么|什麼|谁|誰)(?:意思)?$")
ZH_TOO = re.compile(r"(.{1,12}?)(?:也)?(?:有|行|可以|能|一样|一樣|适用|適用|是|需要|要)[吗嗎么]$")
ZH_WITHIN = re.compile(r"里面|裡面|其中|上面|接下来|接下來|接着|接著")
ZH_PEOPLE = re.compile(r"(?<![其吉])(?:他们|她们|他們|她們|[他她](?!人))")
ZH_THING = re.compile(
    r"它们|它們|(?<!其)它|[这這那](?:个|個|些|种|種|样|樣|里|裡|边|邊|份|类|類|项|項|件|家|笔|筆)|前者|后者|後者|[这這](?![样樣次])"
)
ZH_ONLY_ASKING = (
    "申请 申請 费用 費用 价格 價格 钱 錢 花 材料 资料 资格 条件 要求 流程 步骤 手续 手續 例子 案例 举例 好处 坏处 "
    "优点 缺点 优势 劣势 风险 限制 期限 时间 截止 截止日期 日期 原因 区别 区分 不同 意思 细节 详细 准备 准备好 注意 "
    "事项 注意事项 下一步 第一步 开始 结束 处理 操作 办理 需 必须 最 最好 最多 最少 最低 最高 至少 大约 左右 长 "
    "时长 周期 快 慢 贵 便宜 免费 值得 难 容易 合适 合法 可行 说明 解释 建议 推荐 方法 办法 方式 还要 还有 更 "
    "更多 别的 其他 情况 结果 影响 后果 用 有用 比例 额度 金额 一年 每年 每月 天 年 月 周 小时 失败 成功 通过 "
    "拒绝 查 找 去 来 看 算 交 提交 付 付款 做到 参加 报名 联系 地址 地点 地方 怎 麼 什 為 何 為什麼 什麼 怎麼 "
    "手续费 手續費"
)
ZH_ASKING = re.compile(
    r"什么是|什麼是|(?:指的)?是(?:什么意思|什么时候|什么|什麼意思|什麼時候|什麼|谁|誰|多少|哪[里裡些个個])|请问|請問|请?介绍(?:一下)?|請?介紹(?:一下)?"
    r"|(?:要|需要|能|得|可以|应该|應該)?(?:什么时候|什麼時候|为什么|為什麼|怎么样|怎麼樣|怎么|怎麼|怎样|怎樣|如何|为何|為何|多少钱|多少錢|多少"
    r"|多长时间|多長時間|多久|哪些|哪个|哪個|哪里|哪裡|几个|幾個|谁|誰|什么|什麼)|我们|我們|(?<!自)我|你们|有没有|有沒有|能不能|是不是|应该|應該"
    r"|(?:的)?[吗嗎呢呀啊吧]$"
)
ZH_WHO_DOES = re.compile("[谁誰](?:可以|能够|能夠|能|负责|負責|[来來])*(?P<act>.+)")
ZH_BY_WHOM = re.compile("(?P<what>.+?)(?:是|由)[谁誰][来來]?(?P<act>.*?)的?")
ZH_HAS = re.compile("(?P<where>[^有]*?)[里裡]?有(?:哪些|什么|什麼)?(?P<what>[^有没沒]{2,}?)[吗嗎]?")
ZH_WHOM = re.compile("(?:是|由|找|问|問|给|給|联系|聯繫|聯絡)[谁誰].*$")
ZH_MAY = re.compile("可以|能够|能夠|能(?!力)|可否|应该|應該")
ZH_LEANING = re.compile(  # 奖金是多少: of what? 学生免费吗: in what?
    "[奖獎][金品]|[薪工][资資酬]|待遇|报酬|報酬|[押定]金|利率|利息|名额|名額|人数|人數|评委|評委|嘉宾|嘉賓|议程|議程|报名费|報名費|门票|門票|密码|密碼"
    "|电话|電話|邮箱|郵箱|网址|網址|链接|鏈接|规则|規則|标准|標準|主题|主題|主办|主辦|学费|學費|面试|面試|合同|[人者员員生师師商户戶客]$|同学|同學|老板|老闆|经理|經理|[团團][队隊]"
)
ZH_THING_ASKED = re.compile(
    "(?P<thing>.{2,}?)(?=要?(?:多少[钱錢]|在哪|几点|幾點|免[费費][吗嗎]|收[费費][吗嗎]|怎[么麼]走))"
)
