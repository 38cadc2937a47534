"""Made personal data of twelve kinds, and values that only look like them. Nobody's: drawn at
random, with check digits where the kind has some.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from random import Random

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2, mod_97_10
from stdnum.luhn import calc_check_digit

NAMES = (
    ("Ada Fictional", "艾达虚"), ("Bo Sample", "薄样本"), ("Cleo Madeup", "高明"), ("Dara Nobody", "方样"),
    ("Edo Invented", "易虚构"), ("Fenna Placeholder", "冯占位"), ("Gil Imagined", "季想象"), ("Hua Example", "华示例"),
)  # fmt: skip
_UPPER = string.ascii_uppercase
_ALNUM = string.ascii_letters + string.digits


def _digits(draw: Random, count: int, first: str = "123456789") -> str:
    return draw.choice(first) + "".join(draw.choices(string.digits, k=count - 1))


def _some(draw: Random, alphabet: str, count: int) -> str:
    return "".join(draw.choices(alphabet, k=count))


def _grouped(text: str, size: int, sign: str = " ") -> str:
    return sign.join(text[i : i + size] for i in range(0, len(text), size))


def _phone(draw: Random, lang: str) -> str:
    if lang == "zh":
        mobile = draw.choice(["138", "139", "150", "151", "186", "188", "177", "199"]) + _digits(
            draw, 8
        )
        forms = (
            mobile,
            f"{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}",
            f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}",
            f"+86 {mobile}",
            f"+86-{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}",
            f"0{draw.choice(['10', '21'])}-{_digits(draw, 8, '68')}",
            f"0755-{_digits(draw, 4, '28')} {_digits(draw, 4)}",
            f"400-{_digits(draw, 3, '68')}-{_digits(draw, 4)}",
        )
        return draw.choice(forms)
    area, middle, last = (
        draw.choice(["415", "212", "650", "206", "617"]),
        _digits(draw, 3, "2346789"),
        _digits(draw, 4),
    )
    forms = (
        f"({area}) {middle}-{last}",
        f"{area}-{middle}-{last}",
        f"+1 {area} {middle} {last}",
        f"+1-{area}-{middle}-{last}",
        f"{area}.{middle}.{last}",
        f"+44 20 7{_digits(draw, 3)} {_digits(draw, 4)}",
        f"+65 {_digits(draw, 4, '89')} {_digits(draw, 4)}",
        f"+49 30 {_digits(draw, 8, '2345')}",
    )
    return draw.choice(forms)


def _email(draw: Random, lang: str) -> str:
    user = draw.choice(
        ["lin", "bo.sample", "ada_f", "team", "hello-w", "c+kb", "13" + _digits(draw, 9)]
    )
    host = draw.choice(
        ["example.org", "mail.example.com", "example.com.cn", "startup.example.io", "example.co.uk"]
    )
    return f"{user}{draw.choice(['', _digits(draw, 2)])}@{host}"


def _resident(draw: Random) -> str:
    day = f"{draw.randint(1955, 2004)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
    body = (
        draw.choice(["110108", "310104", "440305", "330106", "510107"])
        + day
        + f"{draw.randint(1, 999):03}"
    )
    return body + mod_11_2.calc_check_digit(body)


def _hong_kong(draw: Random) -> str:
    letter, number = draw.choice(_UPPER), f"{draw.randint(100000, 999999)}"
    total = (
        9 * 36
        + 8 * (ord(letter) - 55)
        + sum(w * int(d) for w, d in zip(range(7, 1, -1), number, strict=True))
    )
    check = -total % 11
    return f"{letter}{number}({'A' if check == 10 else check})"


def _id(draw: Random, lang: str) -> str:
    social = f"{draw.randint(101, 665)}-{draw.randint(10, 99)}-{draw.randint(1000, 9999)}"
    body = _digits(draw, 7, "6789")
    check = "JZIHGFEDCBA"[
        sum(w * int(d) for w, d in zip((2, 7, 6, 5, 4, 3, 2), body, strict=True)) % 11
    ]
    return draw.choice(
        (_resident(draw), _resident(draw), _hong_kong(draw))
        if lang == "zh"
        else (_resident(draw), social, f"S{body}{check}")
    )


def _company(draw: Random, lang: str) -> str:
    body = (
        "91"
        + draw.choice(["110108", "310115", "440300", "330106"])
        + "MA"
        + _some(draw, "0123456789ABCDEFGHJKLMNPQRTUWXY", 7)
    )
    return body + uscc.calc_check_digit(body)


def _card(draw: Random, lang: str) -> str:
    prefix = draw.choice(
        ["622202", "621700", "622848"] if lang == "zh" else ["4", "51", "55", "4532"]
    )
    length = draw.choice([16, 19] if lang == "zh" else [16])
    body = prefix + "".join(draw.choices(string.digits, k=length - 1 - len(prefix)))
    number = body + calc_check_digit(body)
    return draw.choice([number, _grouped(number, 4), _grouped(number, 4, "-")])


def _iban(draw: Random, lang: str) -> str:
    country, body = draw.choice(
        [
            ("DE", _digits(draw, 18)),
            ("GB", "WEST" + _digits(draw, 14)),
            ("NL", "ABNA" + _digits(draw, 10)),
            ("AE", _digits(draw, 19)),
        ]
    )
    check = mod_97_10.calc_check_digits(body + country)
    number = f"{country}{check}{body}"
    return draw.choice([number, _grouped(number, 4)])


def _passport(draw: Random, lang: str) -> str:
    forms = [
        f"E{_digits(draw, 8)}",
        f"E{draw.choice('ABCDEFGH')}{_digits(draw, 7)}",
        f"G{_digits(draw, 8)}",
    ]
    return draw.choice(
        forms
        if lang == "zh"
        else [*forms, _digits(draw, 9), f"{draw.choice(_UPPER)}{_digits(draw, 8)}"]
    )


def _wechat(draw: Random, lang: str) -> str:
    word = draw.choice(["lin", "founder", "ada", "bo_sample", "kbhelper", "growth-lab", "Xiaozhu"])
    return draw.choice(
        [
            f"{word}{_digits(draw, 4)}",
            f"{word}_{_some(draw, string.ascii_lowercase, 4)}",
            f"wxid_{_some(draw, string.ascii_lowercase + string.digits, 14)}",
            f"{word}{draw.randint(80, 99)}x",
        ]
    )


def _qq(draw: Random, lang: str) -> str:
    return _digits(draw, draw.randint(6, 10))


def _address(draw: Random, lang: str) -> str:
    if lang == "zh":
        place = draw.choice(
            [
                "北京市海淀区中关村大街",
                "上海市浦东新区张江路",
                "广东省深圳市南山区科技南路",
                "杭州市西湖区文三路",
                "成都市武侯区天府三街",
                "海淀区知春路",
            ]
        )
        number = f"{draw.randint(1, 999)}号"
        return (
            place
            + number
            + draw.choice(
                [
                    "",
                    f"{draw.randint(1, 20)}号楼{draw.randint(101, 2808)}室",
                    f"创业大厦{draw.randint(2, 30)}层",
                    f"{draw.choice('ABC')}座{draw.randint(101, 2808)}",
                ]
            )
        )
    street = draw.choice(
        [
            "Sample Street",
            "Fictional Avenue",
            "Madeup Road",
            "Placeholder Lane",
            "Example Blvd",
            "Nowhere Drive",
            "Invented St.",
        ]
    )
    unit = draw.choice(["", ", Suite 400", ", Apt 3B", " #12"])
    town = draw.choice(
        [
            ", Springfield, IL 62704",
            ", San Francisco, CA 94107",
            ", London NW1 6XE",
            ", Austin, TX",
            "",
        ]
    )
    return f"{draw.randint(2, 9899)} {street}{unit}{town}"


def _secret(draw: Random, lang: str) -> str:
    forms = (
        f"sk-{_some(draw, _ALNUM, 48)}",
        f"ghp_{_some(draw, _ALNUM, 36)}",
        f"AKIA{_some(draw, _UPPER + '234567', 16)}",
        f"xoxb-{_digits(draw, 12)}-{_digits(draw, 12)}-{_some(draw, _ALNUM, 24)}",
        f"AIza{_some(draw, _ALNUM + '_-', 35)}",
        f"eyJhbGciOiJIUzI1NiJ9.eyJ{_some(draw, _ALNUM, 40)}.{_some(draw, _ALNUM + '_-', 43)}",
        f"postgres://app:{_some(draw, _ALNUM, 14)}@db.example.com/main",
        f"password={_some(draw, _ALNUM + '!#%', 14)}",
        f"LTAI{_some(draw, _ALNUM, 20)}",
        f"glpat-{_some(draw, _ALNUM, 20)}",
    )
    return draw.choice(forms)


def _name(draw: Random, lang: str) -> str:
    return draw.choice(NAMES)[lang == "zh"]


VALUES: dict[str, Callable[[Random, str], str]] = {
    "phone": _phone, "email": _email, "id": _id, "company": _company, "card": _card, "iban": _iban,
    "passport": _passport, "wechat": _wechat, "qq": _qq, "address": _address, "secret": _secret, "name": _name,
}  # fmt: skip


def _wrong(valid: str, draw: Random) -> str:
    """A number with another last digit, so that its check digit is wrong."""
    at = max(i for i, letter in enumerate(valid) if letter.isdigit())
    return valid[:at] + str((int(valid[at]) + draw.randint(1, 9)) % 10) + valid[at + 1 :]


def _day(draw: Random) -> str:
    return f"20{draw.randint(10, 26)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"


def _like_phone(draw: Random, lang: str) -> str:
    day = _day(draw)
    return draw.choice(
        [f"{day}{_digits(draw, 6)}", f"{draw.randint(1, 99)},{_digits(draw, 3)},{_digits(draw, 3)},{_digits(draw, 3)}", f"17{_digits(draw, 8)}{_digits(draw, 3)}",
         f"{draw.randint(70, 130)}.{_digits(draw, 4)}, {draw.randint(18, 50)}.{_digits(draw, 4)}", f"978-7-111-{_digits(draw, 5)}-{draw.randint(0, 9)}",
         f"{day[:4]}-{day[4:6]}-{day[6:]} {draw.randint(10, 23)}:{draw.randint(10, 59)}:{draw.randint(10, 59)}", f"10.{draw.randint(1, 250)}.{draw.randint(1, 250)}.{draw.randint(1, 250)}",
         f"{draw.randint(2, 9)}.{draw.randint(0, 30)}.{draw.randint(1000, 9999)}.{draw.randint(10, 99)}", f"{day[:4]}-{draw.randint(2027, 2030)}"]
    )  # fmt: skip


def _like_email(draw: Random, lang: str) -> str:
    return draw.choice(
        [
            f"react@{draw.randint(10, 19)}.2.{draw.randint(0, 9)}",
            f"icon{_digits(draw, 2)}@2x.png",
            "@channel",
            f"@team{_digits(draw, 2)}",
            "@scope/package",
            f"n@{_digits(draw, 2)}",
            "key@value",
            "a@b",
        ]
    )


def _like_id(draw: Random, lang: str) -> str:
    return draw.choice(
        [
            _wrong(_resident(draw), draw),
            f"{_day(draw)}{_digits(draw, 10)}",
            _digits(draw, 20),
            f"{_digits(draw, 5)}-{_digits(draw, 4)}",
        ]
    )


def _like_company(draw: Random, lang: str) -> str:
    return draw.choice(
        [
            _some(draw, "0123456789ABCDEF", 18),
            _wrong(_company(draw, lang), draw),
            _grouped(_some(draw, _UPPER + string.digits, 20), 5, "-"),
            f"SN{_digits(draw, 16)}",
        ]
    )


def _like_card(draw: Random, lang: str) -> str:
    return draw.choice(
        [
            _wrong(_card(draw, lang), draw),
            f"{_day(draw)}{_digits(draw, 8)}",
            f"1Z{_some(draw, _UPPER + string.digits, 16)}",
            _digits(draw, 16, "789"),
        ]
    )


def _like_iban(draw: Random, lang: str) -> str:
    return draw.choice(
        [
            f"DE{_digits(draw, 9)}",
            _wrong(_iban(draw, lang).replace(" ", ""), draw),
            f"GB{_digits(draw, 2)}",
            f"CN{_digits(draw, 9)}A",
            f"NL{_digits(draw, 3)}",
            f"AE {_digits(draw, 4)}",
        ]
    )


def _like_passport(draw: Random, lang: str) -> str:
    return draw.choice(
        [f"E{_digits(draw, 8)}", f"G{_digits(draw, 8)}", _digits(draw, 9), f"EA{_digits(draw, 7)}"]
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
            f"用户 {_digits(draw, 3)} 万",
            f"邮箱 {year}",
        ]
        if lang == "zh"
        else [
            f"launched in {year}",
            "music",
            f"version {draw.randint(2, 9)}.{draw.randint(0, 9)}.{draw.randint(1000, 9999)}",
            f"{_digits(draw, 3)} million users",
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
        _some(draw, hexes, 40),
        "-".join(_some(draw, hexes, n) for n in (8, 4, 4, 4, 12)),
        f"sha256:{_some(draw, hexes, 64)}",
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
