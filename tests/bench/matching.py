"""Does `kb match` find who fits best? On made profiles of both languages, beside BM25.

    .venv/bin/python -m tests.bench.matching --seed 7

A seeded generator makes 300 profiles: each has a skill, a city and a language by chance. Each of 60
needs asks for a skill in a city; those who have both fit best, whatever their language. It is
worded otherwise than any profile. Skills and wordings come in two halves that share none: `dev`, on
which weights and threshold were chosen, and `test`, which is reported. Ten needs that nobody can meet
are asked as well.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from statistics import fmean

from kb.home import Home
from kb.index_words import findable_words
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.settings import load
from retrieval.people.matching import matches, read_need
from retrieval.people.profiles import Profile, shown_profiles
from tests.bench.matching_people import NOBODY, PARTS, Skill

COLUMNS = {
    "en": ("name", "offers", "seeks", "industry", "stage", "city", "consent", "ticket"),
    "zh": ("姓名", "能提供", "需要", "行业", "阶段", "城市", "同意公开", "投资金额"),
}
CITIES = (
    ("Shanghai", "上海"), ("Beijing", "北京"), ("Shenzhen", "深圳"), ("Hangzhou", "杭州"), ("Chengdu", "成都"),
    ("Singapore", "新加坡"), ("Berlin", "柏林"), ("London", "伦敦"), ("Tokyo", "东京"), ("Toronto", "多伦多"),
)  # fmt: skip
INDUSTRIES = {
    "en": ("SaaS", "consumer", "health", "education", "climate"),
    "zh": ("企业服务", "消费", "医疗", "教育", "气候"),
}
TICKETS = {"en": "$50K-200K", "zh": "100-300万"}


@dataclass(frozen=True)
class Asked:
    """A need and the names of those who fit it best; of nobody for one that nobody can meet."""

    text: str
    best: frozenset[str]
    across: frozenset[str] = frozenset()  # those of them whose profile is in the other language


def made(part: str, seed: int) -> tuple[list[dict[str, str]], list[Asked]]:
    """300 profiles, as rows by field, and the needs with those who have the skill in the city."""
    rng = random.Random(f"{part}{seed}")
    skills = PARTS[part]
    rows = []
    kinds: dict[str, tuple[Skill, tuple[str, str], str]] = {}
    for number in range(300):
        skill, city, lang = (
            skills[number % len(skills)],
            rng.choice(CITIES),
            rng.choice(("en", "zh")),
        )
        name = f"{_person(lang)} {number}"
        kinds[name] = skill, city, lang
        rows.append(_row(rng, skill, skills, city, lang, name))
    pairs = sorted({(skills.index(skill), city) for skill, city, _ in kinds.values()})
    needs = []
    for index, city in rng.sample(pairs, 60):
        lang = rng.choice(("en", "zh"))
        wordings = skills[index].needs_zh if lang == "zh" else skills[index].needs_en
        best = {
            name: of
            for name, (skill, where, of) in kinds.items()
            if (skill, where) == (skills[index], city)
        }
        across = frozenset(name for name, of in best.items() if of != lang)
        needs.append(
            Asked(rng.choice(wordings).format(city=city[lang == "zh"]), frozenset(best), across)
        )
    return rows, [*needs, *(Asked(text, frozenset()) for text in NOBODY)]


def _person(lang: str) -> str:
    return "样例" if lang == "zh" else "Sample"


def _row(
    rng: random.Random,
    skill: Skill,
    skills: Sequence[Skill],
    city: tuple[str, str],
    lang: str,
    name: str,
) -> dict[str, str]:
    zh = lang == "zh"
    other = rng.choice(skills)
    offers = rng.choice(skill.offers_zh if zh else skill.offers_en)
    seeks = rng.choice(other.offers_zh if zh else other.offers_en)
    ticket = TICKETS[lang] if skill.invests else ""
    values = (
        name,
        offers,
        seeks,
        rng.choice(INDUSTRIES[lang]),
        "种子轮" if zh else "seed",
        city[zh],
        "named",
        ticket,
    )
    return {"lang": lang, **dict(zip(COLUMNS["en"], values, strict=True))}


def written(rows: Sequence[dict[str, str]], folder: Path) -> None:
    """The rows as two tables, one in each language."""
    for lang in ("en", "zh"):
        with (folder / f"members-{lang}.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(COLUMNS[lang])
            table.writerows(
                [row[field] for field in COLUMNS["en"]] for row in rows if row["lang"] == lang
            )


def bm25(profiles: Sequence[Profile], need: str, limit: int) -> list[str]:
    """The best by BM25 (k1 1.2, b 0.75) over all that a profile says, with kb's own words."""
    texts = [
        findable_words(
            " ".join([*p.offers, *p.seeks, *p.industry, *p.stage, *p.city, p.ticket_text])
        )
        for p in profiles
    ]
    mean = sum(map(len, texts)) / len(texts)
    scores = [0.0] * len(texts)
    for word in set(findable_words(need)):
        holding = sum(word in text for text in texts)
        idf = log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
        for at, text in enumerate(texts):
            n = text.count(word)
            scores[at] += idf * n * 2.2 / (n + 1.2 * (0.25 + 0.75 * len(text) / mean))
    ranked = sorted(range(len(texts)), key=lambda at: -scores[at])[:limit]
    return [profiles[at].name for at in ranked]


def _recall(found: Sequence[str], best: frozenset[str]) -> float:
    """The share of the best that stands among five, of as many as five can hold."""
    return len(best & set(found)) / min(5, len(best))


def opened(rows: Sequence[dict[str, str]], folder: Path) -> KnowledgeBase:
    """A knowledge base of these profiles, with the built-in encoder."""
    from cli.main import main

    source = folder / "src"
    source.mkdir()
    written(rows, source)
    os.environ["KB_HOME"] = str(folder / "home")
    assert main(["ingest", "-q", str(source)]) == 0
    return open_knowledge_base(
        Home(folder / "home"), load(folder / "home", flags={}, found=False).settings
    )


def report(part: str, seed: int) -> dict[str, float]:
    """The figures of one half."""
    rows, needs = made(part, seed)
    with tempfile.TemporaryDirectory() as folder:
        kb = opened(rows, Path(folder))
        profiles = shown_profiles(kb)
        ours, theirs, across, nobody, refused = [], [], [], [], []
        for need in needs:
            found = [
                match.profile.name for match in matches(kb, [read_need(need.text)], profiles, 5)
            ]
            if not need.best:
                nobody.append(float(not found))
                continue
            refused.append(float(not found))
            ours.append(_recall(found, need.best))
            theirs.append(_recall(bm25(profiles, need.text, 5), need.best))
            if need.across:
                across.append(len(need.across & set(found)) / min(5, len(need.across)))
    return {
        "profiles": len(profiles), "needs": len(ours), "recall@5": fmean(ours), "across languages": fmean(across),
        "BM25 recall@5": fmean(theirs), "wrongly nobody": fmean(refused), "nobody where nobody fits": fmean(nobody),
    }  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--part", choices=list(PARTS), default="test")
    given = parser.parse_args()
    for name, value in report(given.part, given.seed).items():
        print(f"{name:26} {value:.3f}")
