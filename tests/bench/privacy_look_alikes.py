"""Values that only look like personal data, of each kind that those are made of."""

from __future__ import annotations

import string
from collections.abc import Callable
from random import Random

from tests.bench.privacy_values import UPPER, card, company, digits, grouped, iban, resident, some


def _wrong(valid: str, draw: Random) -> str:
    """A number with another last digit, so that its check digit is wrong."""
    at = max(i for i, letter in enumerate(valid) if letter.isdigit())
    return valid[:at] + str((int(valid[at]) + draw.randint(1, 9)) % 10) + valid[at + 1 :]


def _day(draw: Random) -> str:
    return f"20{draw.randint(10, 26)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"


def _like_phone(draw: Random, lang: str) -> str:
    day = _day(draw)
    return draw.choice(
        [f"{day}{digits(draw, 6)}", f"{draw.randint(1, 99)},{digits(draw, 3)},{digits(draw, 3)},{digits(draw, 3)}", f"17{digits(draw, 8)}{digits(draw, 3)}",
         f"{draw.randint(70, 130)}.{digits(draw, 4)}, {draw.randint(18, 50)}.{digits(draw, 4)}", f"978-7-111-{digits(draw, 5)}-{draw.randint(0, 9)}",
         f"{day[:4]}-{day[4:6]}-{day[6:]} {draw.randint(10, 23)}:{draw.randint(10, 59)}:{draw.randint(10, 59)}", f"10.{draw.randint(1, 250)}.{draw.randint(1, 250)}.{draw.randint(1, 250)}",
         f"{draw.randint(2, 9)}.{draw.randint(0, 30)}.{draw.randint(1000, 9999)}.{draw.randint(10, 99)}", f"{day[:4]}-{draw.randint(2027, 2030)}"]
    )  # fmt: skip


def _like_email(draw: Random, lang: str) -> str:
    return draw.choice(
        [
            f"react@{draw.randint(10, 19)}.2.{draw.randint(0, 9)}",
            f"icon{digits(draw, 2)}@2x.png",
            "@channel",
            f"@team{digits(draw, 2)}",
            "@scope/package",
            f"n@{digits(draw, 2)}",
            "key@value",
            "a@b",
        ]
    )


def _like_id(draw: Random, lang: str) -> str:
    return draw.choice(
        [
            _wrong(resident(draw), draw),
            f"{_day(draw)}{digits(draw, 10)}",
            digits(draw, 20),
            f"{digits(draw, 5)}-{digits(draw, 4)}",
        ]
    )


def _like_company(draw: Random, lang: str) -> str:
    return draw.choice(
        [
            some(draw, "0123456789ABCDEF", 18),
            _wrong(company(draw, lang), draw),
            grouped(some(draw, UPPER + string.digits, 20), 5, "-"),
            f"SN{digits(draw, 16)}",
        ]
    )


def _like_card(draw: Random, lang: str) -> str:
    return draw.choice(
        [
            _wrong(card(draw, lang), draw),
            f"{_day(draw)}{digits(draw, 8)}",
            f"1Z{some(draw, UPPER + string.digits, 16)}",
            digits(draw, 16, "789"),
        ]
    )


def _like_iban(draw: Random, lang: str) -> str:
    return draw.choice(
        [
            f"DE{digits(draw, 9)}",
            _wrong(iban(draw, lang).replace(" ", ""), draw),
            f"GB{digits(draw, 2)}",
            f"CN{digits(draw, 9)}A",
            f"NL{digits(draw, 3)}",
            f"AE {digits(draw, 4)}",
        ]
    )


def _like_passport(draw: Random, lang: str) -> str:
    return draw.choice(
        [f"E{digits(draw, 8)}", f"G{digits(draw, 8)}", digits(draw, 9), f"EA{digits(draw, 7)}"]
    )


def _like_wechat(draw: Random, lang: str) -> str:
    return draw.choice(
        [
            "支付已开通",
            "公众号运营",
            "小程序 8.0.37",
            "群聊很活跃",
            "扫码登录",
            "号称十亿用户",
            "Pay 接口",
        ]
        if lang == "zh"
        else [
            "Pay is enabled",
            "official accounts grow",
            "groups are busy",
            "mini programs 8.0.37",
            "users scan codes",
            "is popular",
            "moments matter",
        ]
    )


def _like_qq(draw: Random, lang: str) -> str:
    year = draw.randint(1999, 2025)
    return draw.choice(
        [
            f"{year} 年上线",
            "音乐会员",
            f"版本 {draw.randint(2, 9)}.{draw.randint(0, 9)}.{draw.randint(1000, 9999)}",
            f"用户 {digits(draw, 3)} 万",
            f"邮箱 {year}",
        ]
        if lang == "zh"
        else [
            f"launched in {year}",
            "music",
            f"version {draw.randint(2, 9)}.{draw.randint(0, 9)}.{draw.randint(1000, 9999)}",
            f"{digits(draw, 3)} million users",
            f"{year} edition",
        ]
    )


def _like_address(draw: Random, lang: str) -> str:
    return draw.choice(
        ["上海市场的竞争", "路线图第3号任务", "地铁10号线", "第5号议案", "北京市政策", "三路并进的策略", "深圳的创业大街", "2号服务器", "海淀区的公司"] if lang == "zh"
        else ["Wall Street in 2008", "3 Main challenges", "Main Street businesses", "the 5 Year Road map", "Silicon Valley", "100 Drive folders", "20 Street vendors", "Abbey Road", "2 Way Lane detection"]
    )  # fmt: skip


def _like_secret(draw: Random, lang: str) -> str:
    hexes = "0123456789abcdef"
    forms = [
        some(draw, hexes, 40),
        "-".join(some(draw, hexes, n) for n in (8, 4, 4, 4, 12)),
        f"sha256:{some(draw, hexes, 64)}",
        "api_key=YOUR_API_KEY",
        "sk-learn",
        "os.environ['TOKEN']",
        "max_tokens=4096",
        "<your-token>",
    ]
    return draw.choice(
        [
            *forms,
            *(
                ["密码：至少八位，含数字", "找回密码的步骤"]
                if lang == "zh"
                else ["password: required, eight letters", "reset the password first"]
            ),
        ]
    )


def _like_name(draw: Random, lang: str) -> str:
    return draw.choice(
        ["提高明显", "双方样本齐全", "对方样子很急", "崇高明确", "占位符", "示例代码"]
        if lang == "zh"
        else [
            "Ada Fictionalism",
            "Bo Samples",
            "an Example",
            "Hua Examples",
            "Cleo",
            "Placeholder text",
            "Gil",
        ]
    )


LIKE: dict[str, Callable[[Random, str], str]] = {
    "phone": _like_phone, "email": _like_email, "id": _like_id, "company": _like_company, "card": _like_card, "iban": _like_iban,
    "passport": _like_passport, "wechat": _like_wechat, "qq": _like_qq, "address": _like_address, "secret": _like_secret, "name": _like_name,
}  # fmt: skip
