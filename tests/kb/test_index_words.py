"""Values in whatever writing: dates, times and amounts have the same index words in all of them."""

from __future__ import annotations

import random
from datetime import date, time

import pytest

from kb.index_words import findable_words, question_words, value_words

MONTHS = (
    "January February March April May June July August September October November December".split()
)
HAN = "零一二三四五六七八九"


def han(number):
    """A number below 100 in Chinese."""
    tens, ones = divmod(number, 10)
    return f"{'' if tens == 1 else HAN[tens]}{'十' if tens else ''}{HAN[ones] if ones else ''}"


def ordinal(day):
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def full_writings(day):
    """A date with its year, as tables, posters and people write it."""
    name = MONTHS[day.month - 1]
    return [
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month:02}.{day.day:02}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{''.join('〇一二三四五六七八九'[int(digit)] for digit in str(day.year))}年{han(day.month)}月{han(day.day)}日",
        f"{day.year} 年 {day.month} 月 {day.day} 日",
        f"{name} {day.day}, {day.year}",
        f"{day.day} {name[:3]} {day.year}",
        f"the {ordinal(day.day)} of {name} {day.year}",
    ]


def short_writings(day):
    """The same without its year."""
    name = MONTHS[day.month - 1]
    return [
        f"{day.month}月{day.day}号",
        f"{day.month} 月 {day.day} 号",
        f"{han(day.month)}月{han(day.day)}日",
        f"{name} {ordinal(day.day)}",
        f"{day.day} {name}",
    ]


def month_writings(day):
    name = MONTHS[day.month - 1]
    return [f"{day.month}月", f"{han(day.month)}月份", name]


def test_a_date_is_found_by_any_writing_of_it_and_by_no_other_date():
    rng = random.Random(20261130)
    found = confused = pairs = 0
    for _ in range(400):
        day = date(rng.choice((2025, 2026, 2027)), rng.randint(1, 12), rng.randint(1, 28))
        other = date(day.year, day.month % 12 + 1, day.day % 28 + 1)
        stored = f"会员大会 {rng.choice(full_writings(day))} 在大厅 {day.day % 12 + 1} 号桌"
        elsewhere = f"会员大会 {rng.choice(full_writings(other))} 人数 {day.month} 桌 {day.day}"
        ways = full_writings(day) + short_writings(day) + month_writings(day)
        asked = set(question_words(rng.choice(ways)))
        pairs += 1
        found += asked <= set(findable_words(stored))
        confused += asked <= set(findable_words(elsewhere))
    assert (pairs, found, confused) == (400, 400, 0)


@pytest.mark.parametrize(
    "writings",
    [
        ("第三季度", "三季度", "第 3 季度", "Q3", "3Q", "third quarter", "3季度"),
        ("一万二", "1.2万", "12k", "12,000", "12000", "１２０００"),
        ("三百五", "350"),
        ("两亿", "2亿", "200 million", "200,000,000"),
        ("2026年", "二〇二六年", "2026年度"),
    ],
)
def test_quarters_amounts_and_years_have_one_spelling(writings):
    assert len({tuple(question_words(writing)) for writing in writings}) == 1


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("下午7点", "19:00"),
        ("下午 7 点", "19:00"),
        ("晚上 7 点 30 分", "7:30 pm"),
        ("晚上七点半", "7:30 pm"),
        ("half past six", "18:30"),
        ("half past six", "6:30"),
        ("7 p.m.", "下午7点"),
        ("19:00", "晚上7点"),
    ],
)
def test_times_of_day_find_each_other(asked, stored):
    assert set(question_words(asked)) & set(findable_words(stored))


def test_afternoon_is_not_morning():
    assert f"T{time(19):%H:%M}" in findable_words("下午7点")
    assert f"T{time(19):%H:%M}" not in findable_words("早上7点")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("万一下雨，千万不要开车", ["万一", "千万"]),
        ("open 24/7", ["24", "7"]),
        ("3号会议室", ["3"]),
        ("version 1.2.3", ["version"]),
        ("三五个人 / 七八百人", ["七八百"]),
        ("1/2 of the fee", ["1", "2"]),
        ("a ratio of 16:9", ["16", "9"]),
        ("5千米", ["5", "千米"]),
        ("we may march on", ["may", "march"]),
    ],
)
def test_what_only_looks_like_a_value_stays_findable_as_it_is_written(text, kept):
    assert set(kept) <= set(findable_words(text))


def test_values_that_stand_close_together_are_all_found():
    text = "9:00-10:30，下午3点到晚上8点半，12 pm–1 p.m.，4.5%，2026-07-15/16，5月1日2日，一万二，Q3/4Q"
    assert [text[value.start : value.end] for value in value_words(text)] == [
        "9:00", "10:30", "下午3点", "晚上8点半", "12 pm", "1 p.m.", "2026-07-15", "5月1日", "2日", "一万二", "Q3", "4Q",
    ]  # fmt: skip
