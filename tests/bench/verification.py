"""How well unsupported sentences are told from supported ones, on pairs of a sentence and the
passage that it cites.

    python -m tests.bench.verification [--each 30] [--seed 0] [--misses]

Supported: sentences of CMRC 2018, DRCD and SQuAD 2.0 word for word, shortened, put together from a
question and its answer, or of the other language's version of a page (open-source guides, Milvus's
FAQ). Unsupported: the first two kinds with a number, a date, a unit or a name changed, with a
denial put in or taken away, or with another passage cited, half of them of the same article.
Whether a change happens to give something that stands elsewhere in the passage is not looked at.
Precision of a kind counts the supported sentences that were marked for a reason of that kind. Rare
kinds are all sentences of the data, up to the same number, whose bound, period, whole number of
years, day of the week, ordinal or decade can be changed. For each check it says what it finds and
what only it finds, which is what leaving it out would cost; whose figure it is can only be told
with further hits (`tests.bench.qualifiers`).
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from kb.glossary import glossary
from kb.text import HAN, flat, language, sentences
from kb.types import Anchor, Document, Hit, Passage
from retrieval.checks.claim import Claim
from retrieval.checks.judge import CHECKS, RuleJudge, is_quotation
from tests.bench.data import CMRC, DRCD, SQUAD, DataSet, need, squad_like

GUIDES, FAQ = "docs/opensource_guide", "faq/milvus_zh_en"
# A new kind stands last: it draws from the same stream, and the pairs of the others stay as they were.
KINDS = ("number", "date", "amount", "name", "negated", "other passage")
RARE = ("bound", "period", "half", "weekday", "ordinal", "decade")
SUPPORTED = ("verbatim", "shortened", "question and answer", "across languages")
REASONS = {
    "number": "figures",
    "date": "figures",
    "amount": "figures",
    "name": "names",
    "negated": "otherwise",
    **dict.fromkeys(RARE, "figures"),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence, the passage that it cites, and of what kind it is."""

    kind: str
    sentence: str
    hit: Hit


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.verification", description="How good verifying is."
    )
    parser.add_argument(
        "--each", type=int, default=30, help="how many pairs of each kind, as far as there are"
    )
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--misses", action="store_true", help="print what was judged wrongly")
    given = parser.parse_args()
    pairs = build(given.each, given.seed)
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        known = glossary([Path(folder)])
        judge = RuleJudge(lambda: known)
        objections, seconds = [], []
        for pair in pairs:
            began = perf_counter()
            objections.append(judge.objection(pair.sentence, [pair.hit]))
            seconds.append(perf_counter() - began)
        findings = [found_by(pair, judge) for pair in pairs]
    report(pairs, objections)
    report_checks(pairs, findings)
    print(
        f"ms a sentence: median {1000 * median(seconds):.2f}, slowest {1000 * max(seconds[20:]):.1f}"
    )
    if given.misses:
        for pair, objection in zip(pairs, objections, strict=True):
            if (objection is None) != (pair.kind in SUPPORTED):
                print(
                    f"\n{pair.kind}: {pair.sentence}\n  judged: {objection}\n  {flat(pair.hit.passage.text)[:700]}"
                )


def found_by(pair: Pair, judge: RuleJudge) -> list[str]:
    """The names of all checks that find fault with a pair."""
    claim, evidence = Claim(pair.sentence), judge.evidence([pair.hit])
    if is_quotation(claim, evidence):
        return []
    return [check.__name__ for check in CHECKS if check(claim, evidence)]


def report_checks(pairs: Sequence[Pair], findings: Sequence[list[str]]) -> None:
    """Print how often each check finds fault, rightly and wrongly, and how often it alone does."""
    print(f"{'check':<20} caught  wrongly  caught by it alone  wrongly by it alone")
    for check in CHECKS:
        name = check.__name__
        found = [
            (pair.kind in SUPPORTED, listed == [name])
            for pair, listed in zip(pairs, findings, strict=True)
            if name in listed
        ]
        right, wrong = ([alone for ok, alone in found if ok is side] for side in (False, True))
        print(f"{name:<20} {len(right):>6} {len(wrong):>8} {sum(right):>19} {sum(wrong):>20}")


def report(pairs: Sequence[Pair], objections: Sequence[str | None]) -> None:
    """Print recall and precision by kind, and the share of supported sentences that were marked."""
    marked = Counter(
        pair.kind for pair, objection in zip(pairs, objections, strict=True) if objection
    )
    count = Counter(pair.kind for pair in pairs)
    wrongly = [
        each
        for pair, each in zip(pairs, objections, strict=True)
        if each and pair.kind in SUPPORTED
    ]
    print(f"{len(pairs)} pairs\n{'kind':<20} pairs  recall  precision")
    for kind in (*KINDS, *RARE):
        reason = REASONS.get(kind, "something else")
        false = sum(1 for each in wrongly if reason in each)
        precision = marked[kind] / (marked[kind] + false) if marked[kind] else 0.0
        print(
            f"{kind:<20} {count[kind]:>5}  {marked[kind] / (count[kind] or 1):.3f}   {precision:.3f}"
        )
    for kind in SUPPORTED:
        print(
            f"{kind:<20} {count[kind]:>5}  wrongly marked {marked[kind] / (count[kind] or 1):.3f}"
        )
    whole = sum(count[kind] for kind in SUPPORTED)
    print(f"{'all supported':<20} {whole:>5}  wrongly marked {len(wrongly) / (whole or 1):.3f}")


def build(each: int, seed: int) -> list[Pair]:
    """So many pairs of every kind, as far as there are, the same ones for a seed."""
    randomly = random.Random(seed)
    sets = [squad_like(path) for path in need(CMRC, DRCD, SQUAD)]
    pairs: list[Pair] = []
    across = list(_across(randomly))
    pairs += [
        Pair("across languages", *pair) for pair in randomly.sample(across, min(each, len(across)))
    ]
    wrong = randomly.sample(across, min(each // 3, len(across)))
    pairs += [
        Pair("other passage", said, _other_section(hit, across, randomly)) for said, hit in wrong
    ]
    for kind in (*SUPPORTED[:3], *KINDS):
        makers = [_maker(kind, data, number, randomly) for number, data in enumerate(sets)]
        made = [pair for turn in range(each) if (pair := next(makers[turn % 3], None))]
        pairs += made
    for kind in RARE:
        found = list(_rare(kind, sets, random.Random(f"{kind} {seed}")))
        pairs += random.Random(seed).sample(found, min(each, len(found)))
    return pairs


def _maker(kind: str, data: DataSet, number: int, randomly: random.Random) -> Iterator[Pair]:
    """Pairs of a kind from a data set, without end."""
    names = {"who": _answers(data, _WHO), "where": _answers(data, _WHERE)}
    for _ in range(100_000):
        asked = randomly.choice(data.questions)
        title, paragraphs = data.articles[asked.article]
        text = paragraphs[asked.paragraph]
        hit = _hit(f"{number}-{asked.article}-{asked.paragraph}", title, text)
        if kind == "question and answer":
            said = _declared(asked.text, asked.golds[0])
            if said:
                yield Pair(kind, said, hit)
            continue
        whole = randomly.choice(_spans(text) or [""])
        short = _shortened(whole, randomly)
        sentence = (
            whole
            if kind == "verbatim" or (kind != "shortened" and randomly.random() < 0.5)
            else short
        )
        if not sentence:
            continue
        if kind == "other passage":
            other = _elsewhere(data, asked.article, asked.paragraph, randomly)
            if other is not None:
                yield Pair(
                    kind,
                    sentence,
                    _hit(
                        f"{number}-{other}",
                        data.articles[other[0]][0],
                        data.articles[other[0]][1][other[1]],
                    ),
                )
            continue
        if kind == "name":
            changed = _renamed(sentence, text, names, randomly)
        else:
            changed = _CHANGES.get(kind, lambda same, _: same)(sentence, randomly)
        if changed and (kind in SUPPORTED or changed != sentence):
            yield Pair(kind, changed, hit)


def _rare(kind: str, sets: Sequence[DataSet], randomly: random.Random) -> Iterator[Pair]:
    """All sentences of the data that can be changed in that way, half of them shortened."""
    for number, data in enumerate(sets):
        for article, (title, paragraphs) in enumerate(data.articles):
            for place, text in enumerate(paragraphs):
                for whole in _spans(text):
                    changed = _swapped(whole, _SWAPS[kind])
                    if not changed:
                        continue
                    short = _shortened(whole, randomly)
                    if randomly.random() < 0.5 and short:
                        changed = _swapped(short, _SWAPS[kind]) or changed
                    yield Pair(kind, changed, _hit(f"{number}-{article}-{place}", title, text))


def _swapped(sentence: str, swaps: Sequence[tuple[re.Pattern[str], str]]) -> str:
    for pattern, new in swaps:
        if pattern.search(sentence):
            return pattern.sub(new, sentence, count=1)
    return ""


def _hit(name: str, title: str, text: str, headings: tuple[str, ...] = ()) -> Hit:
    lang = language(text)
    document = Document(f"d_{name}", name, f"/{name}", title, "doc", lang)
    return Hit(
        1,
        1.0,
        Passage(f"p_{name}", document.id, 0, text, headings, lang, Anchor("lines", 1, 1)),
        document,
    )


def _spans(text: str) -> list[str]:
    found = [text[start:end] for start, end in sentences(text)]
    return [
        each
        for each in found
        if (len(each) >= 12 if language(each) == "zh" else len(each.split()) >= 6)
    ]


def _elsewhere(
    data: DataSet, article: int, paragraph: int, randomly: random.Random
) -> tuple[int, int] | None:
    """Another paragraph, every other time of the same article."""
    if randomly.random() < 0.5 and len(data.articles[article][1]) > 1:
        rest = [number for number in range(len(data.articles[article][1])) if number != paragraph]
        return article, randomly.choice(rest)
    other = randomly.randrange(len(data.articles))
    return (other, randomly.randrange(len(data.articles[other][1]))) if other != article else None


# --- supported ------------------------------------------------------------------------------------


def _shortened(sentence: str, randomly: random.Random) -> str:
    """A sentence without its brackets, or without one of its clauses at either end."""
    bare = re.sub(r"\s?[（(][^（()）]*[)）]", "", sentence)
    end = sentence[-1] if sentence[-1] in ".。!?！？" else ""
    clauses = re.split(r"(?<=[，；;])|(?<=,)\s(?!\d)", bare.rstrip(".。!?！？"))
    if len(clauses) >= 3:
        kept = clauses[1:] if randomly.random() < 0.5 else clauses[:-1]
        joint = "" if "，" in bare else " "
        bare = joint.join(kept).rstrip("，,；; ") + end
        bare = bare[:1].upper() + bare[1:]
    long_enough = len(bare) >= 12 if language(bare) == "zh" else len(bare.split()) >= 6
    return bare if bare != sentence and long_enough else ""


_ASKED = re.compile(
    r"[什甚][么麼]时候|什么时间|什么时期|哪一?年|何时|哪[里裡]|哪[儿兒]|何处|什么地方|哪个[国城地]\w?|是[谁誰]|[为為]何人|何人|[谁誰]|多少|何种|何物|什么|哪[个座一]\w?"
)
_AUXILIARY = frozenset(
    "is are was were did do does has have had can could will would should may might 's".split()
)


def _declared(question: str, answer: str) -> str:
    """A statement made of a question and its answer; nothing where a rule does not give a sound
    one.
    """
    question = question.strip()
    if re.search(f"[{HAN}]", question):
        asked = _ASKED.search(question)
        if (
            asked is None
            or len(_ASKED.findall(question)) > 1
            or re.search("吗|为什么|怎|如何|几", question)
        ):
            return ""
        lead = "是" if asked[0] in ("是谁", "是誰") else ""
        said = question[: asked.start()] + lead + answer + question[asked.end() :]
        return said.rstrip("?？呢 ") + "。"
    first, _, rest = question.rstrip("? ").partition(" ")
    if first.lower() not in ("who", "what") or not rest:
        return ""
    second, _, further = rest.partition(" ")
    if second.lower() in ("is", "was") and len(further.split()) >= 3:
        return f"{further[:1].upper()}{further[1:]} {second.lower()} {answer}."
    if second.lower() not in _AUXILIARY and first.lower() == "who":
        return f"{answer[:1].upper()}{answer[1:]} {rest}."
    return ""


def _across(randomly: random.Random) -> Iterator[tuple[str, Hit]]:
    """Sentences with the section of the other language's version that says the same."""
    guides, faq = need(GUIDES, FAQ)
    twins = [
        (path, guides / "zh-hans" / path.name) for path in sorted((guides / "en").glob("*.md"))
    ]
    twins += [
        (path, faq / "site/zh-CN" / path.relative_to(faq / "site/en"))
        for path in sorted((faq / "site/en").rglob("*.md"))
    ]
    for one, other in twins:
        if not other.exists():
            continue
        english, chinese = _sections(one.read_text("utf-8")), _sections(other.read_text("utf-8"))
        if len(english) != len(chinese):
            continue
        for (title, text), (titel, also) in zip(english, chinese, strict=True):
            if (
                not (80 < len(text) < 3000 and 0.1 < len(also) / len(text) < 1.0)
                or language(also) != "zh"
            ):
                continue
            for said, told, heading in ((text, also, titel), (also, text, title)):
                spans = _spans(flat(said))
                if spans:
                    yield (
                        randomly.choice(spans),
                        _hit(f"{other.stem}-{heading}-{language(told)}", heading, told, (heading,)),
                    )


def _other_section(hit: Hit, across: Sequence[tuple[str, Hit]], randomly: random.Random) -> Hit:
    """Another section in the language of the right one."""
    rest = [
        other
        for _, other in across
        if other.document.lang == hit.document.lang and other.document.id != hit.document.id
    ]
    return randomly.choice(rest)


def _sections(text: str) -> list[tuple[str, str]]:
    """(heading, text) of each section of a Markdown page, in order."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)
    parts = re.split(r"^#{2,5}\s+(.*)$", text, flags=re.M)
    return [
        (heading.strip(" #"), body.strip())
        for heading, body in zip(parts[1::2], parts[2::2], strict=True)
    ]


# --- unsupported ----------------------------------------------------------------------------------

Change = Callable[[str, random.Random], str]
_YEAR = re.compile(
    r"(?<![\d.,$¥€£])(?:1[0-9]|20)\d\d(?![\d.,]\d|\d|\s?(?:%|人|米|公里|元|km|people|men|million|个|名|吨))"
)
_MONTH_NAMES = (
    "January February March April May June July August September October November December".split()
)
_DAY = re.compile(r"(?<!\d)(\d{1,2})(月|日)|\b(" + "|".join(_MONTH_NAMES) + r")\b")
_PLAIN = re.compile(
    r"(?<![\d.,A-Za-z/:-])\d+(?:,\d{3})*(?:\.\d+)?(?![\d/:年月日A-Za-z]|[.,]\d|-\d|\s?(?:世纪|年代))"
)
_SPELT = "two three four five six seven eight nine ten eleven twelve".split()
_SPELT_PATTERN = re.compile(rf"\b(?:{'|'.join(_SPELT)})\b", re.I)
_HAN_SPELT = re.compile(
    r"(?<![零一二三四五六七八九十百千万亿第])[二三四五六七八九](?=[个名位人家项次件条种座所支])"
)
_UNITS = (
    ("million", "billion"), ("thousand", "million"), ("percent", "percentage points"), ("%", " percentage points"),
    ("miles", "kilometers"), ("km", "miles"), ("metres", "feet"), ("meters", "feet"), ("feet", "miles"), ("hours", "days"),
    ("minutes", "hours"), ("days", "weeks"), ("weeks", "months"), ("months", "years"), ("years", "months"), ("$", "€"), ("£", "$"),
    ("公里", "米"), ("公斤", "吨"), ("英里", "公里"), ("平方公里", "平方米"), ("小时", "分钟"), ("分钟", "小时"),
    ("个月", "年"), ("天", "个月"), ("亿", "万"), ("万", "亿"), ("美元", "日元"), ("米", "公里"), ("岁", "个月"), ("元", "美元"), ("吨", "公斤"),
)  # fmt: skip


_SWAPS = {
    kind: [(re.compile(pattern), new) for pattern, new in swaps]
    for kind, swaps in {
        "bound": (
            (r"\bat least(?= \w+)", "at most"), (r"\bat most(?= \w+)", "at least"), (r"\bmore than(?= \d)", "less than"),
            (r"\b(?:less|fewer) than(?= \d)", "more than"), (r"\bover(?= \d)", "under"), (r"\bup to(?= \d)", "at least"),
            (r"(?:超过|超過)(?=\d)", "不到"), (r"(?:不足|不到)(?=\d)", "超过"), (r"至少(?=\d)", "至多"), (r"最多(?=\d)", "最少"),
            (r"最少(?=\d)", "最多"), (r"(?<=[\d人个名岁歲%])以上", "以下"), (r"(?<=[\d人个名岁歲%])以下", "以上"),
        ),
        "period": (
            (r"(?<=\d )(per|a) year\b", r"\1 month"), (r"\bper year\b", "per month"), (r"\ba year\b(?=[,.;])", "a month"),
            (r"\bper month\b", "per year"), (r"\b(per|a) day\b", r"\1 month"), (r"\bannual(ly)?\b", "monthly"),
            (r"\bper (?:hour|second)\b", "per day"), ("每年", "每月"), ("每月", "每年"), ("每[天日]", "每年"),
            ("每[周週]", "每年"), ("每小[时時]", "每天"),
        ),
        "half": (
            (r"\b(two|three|four|five|six) and a half\b", r"\1"), (r"\bhalf an hour\b", "20 minutes"),
            (r"\b(two|three|four|five|six) (years|months|hours|weeks|days)\b", r"\1 and a half \2"),
            ("([一两兩二三四五])年半", r"\1年"), ("([两兩三四五六])年(?!级|級|代|半|制|前)", r"\1年半"),
        ),
        "weekday": (
            (r"\b(?:Mon|Tues|Wednes|Thurs)day\b", "Sunday"), (r"\b(?:Fri|Satur|Sun)day\b", "Tuesday"),
            ("((?:星期|周|週))[一二三](?!年)", r"\1五"), ("((?:星期|周|週))[四五六]", r"\1二"),
        ),
        "ordinal": (
            (r"\bthird\b(?! of)", "fifth"), (r"\bfourth\b", "sixth"), (r"\b1?\dth century\b", "3rd century"),
            ("第三", "第五"), ("第[二四]", "第七"), ("[4-9]世[纪紀]", "3世纪"),
        ),
        "decade": (
            (r"\b(1[789])[1-7]0s\b", r"\g<1>80s"), (r"\b(1[789])[89]0s\b", r"\g<1>30s"),
            ("[二三四五六七八]十年代", "九十年代"), ("[1-8]0年代", "90年代"),
        ),
    }.items()
}  # fmt: skip


def _year_or_day(sentence: str, randomly: random.Random) -> str:
    found = [*_YEAR.finditer(sentence), *_DAY.finditer(sentence)]
    if not found:
        return ""
    match = randomly.choice(found)
    written = match[0]
    if written.isdigit():
        new = str(int(written) + randomly.choice([-30, -11, -2, -1, 1, 3, 7, 20]))
    elif written[0].isdigit():
        most = 12 if written[-1] == "月" else 28
        new = f"{randomly.choice([n for n in range(1, most + 1) if n != int(written[:-1])])}{written[-1]}"
    else:
        before = sentence[: match.start()].rstrip()
        beside = (
            re.match(r"\s\d", sentence[match.end() :])
            or re.search(r"\d\Z", before)
            or before.endswith((" in", "In"))
        )
        if not beside:
            return ""  # a march, a person called May
        new = randomly.choice([name for name in _MONTH_NAMES if name != written])
    return sentence[: match.start()] + new + sentence[match.end() :]


def _renumbered(sentence: str, randomly: random.Random) -> str:
    years = {match.span() for match in _YEAR.finditer(sentence)}
    found = [m for m in _PLAIN.finditer(sentence) if m.span() not in years]
    found += [*_SPELT_PATTERN.finditer(sentence), *_HAN_SPELT.finditer(sentence)]
    if not found:
        return ""
    match = randomly.choice(found)
    written = match[0]
    if written.lower() in _SPELT:
        new = randomly.choice([word for word in _SPELT if word != written.lower()])
    elif written in "二三四五六七八九":
        new = randomly.choice([char for char in "二三四五六七八九" if char != written])
    else:
        digits = list(written)
        at = randomly.choice([place for place, char in enumerate(digits) if char.isdigit()])
        digits[at] = randomly.choice([char for char in "123456789" if char != digits[at]])
        new = "".join(digits)
    return sentence[: match.start()] + new + sentence[match.end() :]


def _other_unit(sentence: str, randomly: random.Random) -> str:
    found = []
    for unit, other in _UNITS:
        after = re.escape(unit) + (
            r"\b" if unit[0].isascii() and unit.isalpha() else r"(?![公米元])"
        )
        pattern = (
            rf"{re.escape(unit)}(?=\d)" if unit in "$£" else rf"(?<=\d){after}|(?<=\d\s){after}"
        )
        found += [(match.span(), other) for match in re.finditer(pattern, sentence)]
    if not found:
        return ""
    (start, end), other = randomly.choice(found)
    return sentence[:start] + other + sentence[end:]


def _denied(sentence: str, randomly: random.Random) -> str:
    if re.search(f"[{HAN}]", sentence):
        if match := re.search(
            r"不(?=[是会能属含])|没有(?=[\u4e00-\u9fff])|并未|(?<![从尚])未(?=[能曾获])", sentence
        ):
            return sentence[: match.start()] + sentence[match.end() :]
        for word, new in (
            ("位于", "不位于"),
            ("可以", "不可以"),
            ("属于", "不属于"),
            ("成为", "没有成为"),
            ("获得", "未获得"),
            ("参加", "没有参加"),
            ("包括", "不包括"),
            ("出生", "并非出生"),
            ("是", "不是"),
        ):
            found = [
                m
                for m in re.finditer(word, sentence)
                if sentence[m.start() - 1 : m.start()]
                not in tuple("不但于总就也只还或可若凡即要都正便")
            ]
            if found and not (
                word == "是" and sentence[found[0].end() : found[0].end() + 1] in ("否", "非")
            ):
                at = found[0].start()
                return sentence[:at] + new + sentence[at + len(word) :]
        return ""
    if match := re.search(
        r"\b(?:did|does|do|could|can|would|should|is|was|were|are|has|had|have) (not )", sentence
    ):
        return sentence[: match.start(1)] + sentence[match.end(1) :]
    if match := re.search(
        r"\b(?:is|was|were|are|can|could|will|would|should|must|may)\b(?! not)", sentence
    ):
        return f"{sentence[: match.end()]} not{sentence[match.end() :]}"
    return ""


_WHO = re.compile(r"^who\b|谁|誰|何人", re.I)
_WHERE = re.compile(
    r"^where\b|^(?:in )?(?:what|which) (?:city|country|town|state)|哪[里裡]|哪[儿兒]|何[处處]|哪[个個][国國城]",
    re.I,
)


def _answers(data: DataSet, asking: re.Pattern[str]) -> list[str]:
    """Answers to questions of that sort that look like a name."""
    golds = {asked.golds[0] for asked in data.questions if asking.search(asked.text)}
    latin = re.compile(r"[A-Z][\w'.-]+(?: (?:of |the |de |von )?[A-Z][\w'.-]+){0,3}\Z")
    han = re.compile(rf"[{HAN}·]{{2,7}}\Z")
    return sorted(
        each
        for each in golds
        if (latin.match(each) and not each.startswith(("The ", "In ")))
        or (han.match(each) and not re.search("[的他她和人军们者家员生于在]", each))
    )


def _renamed(sentence: str, text: str, names: dict[str, list[str]], randomly: random.Random) -> str:
    found = [
        (name, sort)
        for sort, listed in names.items()
        for name in listed
        if _stands_in(name, sentence)
    ]
    if not found:
        return ""
    name, sort = randomly.choice(found)
    other = randomly.choice(names[sort])
    if other in text or name in other or other in name:
        return ""
    return sentence.replace(name, other)


def _stands_in(name: str, sentence: str) -> bool:
    if not name[0].isascii():
        return name in sentence
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sentence) is not None


_CHANGES: dict[str, Change] = {
    "number": _renumbered,
    "date": _year_or_day,
    "amount": _other_unit,
    "negated": _denied,
}

if __name__ == "__main__":
    main()
