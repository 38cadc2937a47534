"""What is taken for personal data, and what only looks like it. All of it is made up."""

import pickle

import pytest

from kb.privacy.recognisers import RECOGNISERS
from kb.privacy.redactor import Masking, Redactor

ALL = Redactor(Masking(frozenset(RECOGNISERS), b"k" * 32))
DATA = [
    ("phone", "手机13800138000，随时", "13800138000"),
    ("phone", "call 415-555-2671 x12 now", "415-555-2671 x12"),
    ("phone", "in London: +44 20 7946 0958.", "+44 20 7946 0958"),
    ("phone", "总机 010-62345678 转 801", "010-62345678 转 801"),
    ("phone", "Phone:\n020 7946 0958", "020 7946 0958"),
    ("email", "写信到lin@example.org吧", "lin@example.org"),
    ("email", "lin (at) example.org", "lin (at) example.org"),
    ("id", "身份证110101199003078515", "110101199003078515"),
    ("id", "her SSN is 536-90-4399", "536-90-4399"),
    ("company", "税号 91350100M000100Y43", "91350100M000100Y43"),
    ("card", "card 4111 1111 1111 1111 was charged", "4111 1111 1111 1111"),
    ("iban", "IBAN GB82 WEST 1234 5698 7654 32 AT ONCE", "GB82 WEST 1234 5698 7654 32"),
    ("passport", "护照号码：E12345678", "E12345678"),
    ("wechat", "加微信 founder_lin 进群", "founder_lin"),
    ("wechat", "wxid_a1b2c3d4e5f6g7", "wxid_a1b2c3d4e5f6g7"),
    ("qq", "QQ群：123456789", "123456789"),
    ("address", "公司在北京市海淀区示例路27号3号楼1201室办公", "北京市海淀区示例路27号3号楼1201室"),
    (
        "address",
        "at 12 Sample Street, Springfield, IL 62704 now",
        "12 Sample Street, Springfield, IL 62704",
    ),
    ("secret", f"use sk-{'a1B2' * 8} here", f"sk-{'a1B2' * 8}"),
    ("secret", "password: vT4D_be$!9", "vT4D_be$!9"),
    ("secret", "postgres://app:hunter22@db.example.com/x", "hunter22"),
]
LOOK_ALIKES = [
    "订单号 20240513880123", "revenue of 13,800,138,000 yuan", "ISBN 978-7-111-54742-6", "timestamp 1714567890123",
    "at 116.3974, 39.9093", "host 192.168.100.200", "react@18.2.0 and icon@2x.png", "git@github.com:org/repo.git",
    "身份证 110101199003078516", "card 4111 1111 1111 1112", "型号 E12345678", "微信支付和微信小程序 8.0.37",
    "QQ 2023 年有 5 亿用户", "路线图第3号任务", "地铁10号线", "the 5 Year Road map", "Wall Street in 2008",
    "commit 3f2a9d0c1b4e5f60718293a4b5c6d7e8f9012345", "password: required", "密码：至少八位", "api_key=YOUR_API_KEY",
    "version 10.2.3456.78", "2024-05-13 10:20:30", "seasons 2019-2023",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "datum"), DATA)
def test_a_datum_is_masked_whole_as_its_kind(kind, text, datum):
    (span,) = ALL.spans(text)
    assert (span.kind, text[span.start : span.end]) == (kind, datum)
    masked = ALL.text(text)
    assert ALL.text(masked) == masked  # what was masked is left as it is


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_what_only_looks_like_one_stays(text):
    assert ALL.text(text) == text


def test_one_number_has_one_pseudonym_however_it_is_written():
    written = ["13800138000", "138-0013-8000", "+86 138 0013 8000"]
    assert len({ALL.text(number) for number in written}) == 1


def test_another_home_has_other_pseudonyms():
    other = Redactor(Masking(frozenset(RECOGNISERS), b"o" * 32))
    assert other.text("13800138000") != ALL.text("13800138000")


def test_names_of_one_person_are_one_and_parts_of_words_are_nobody():
    people = (("Lin Example", "林示例"), ("高明",))
    names = Redactor(Masking(frozenset({"name"}), b"k" * 32, people))
    assert names.text("LIN  example") == names.text("林示例")
    assert names.text("请高明来讲") != "请高明来讲"
    for text in ("效率提高明显", "Berlin Examples"):
        assert names.text(text) == text


def test_lines_are_as_many_as_before():
    key = "-----BEGIN PRIVATE KEY-----\nMIIB\nAQAB\n-----END PRIVATE KEY-----"
    masked = ALL.text(f"before\n{key}\nafter")
    assert masked.split("\n")[0] == "before"
    assert masked.split("\n")[5] == "after"
    assert "MIIB" not in masked


def test_a_masking_goes_to_the_processes_that_read():
    masking = Masking(frozenset({"phone"}), b"k" * 32, (("Lin Example",),))
    assert pickle.loads(pickle.dumps(masking)) == masking
