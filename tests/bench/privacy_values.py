"""Made personal data of twelve kinds, nobody's: drawn at random, with check digits where the kind has some."""

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
UPPER = string.ascii_uppercase
_ALNUM = string.ascii_letters + string.digits


def digits(draw: Random, count: int, first: str = "123456789") -> str:
    return draw.choice(first) + "".join(draw.choices(string.digits, k=count - 1))


def some(draw: Random, alphabet: str, count: int) -> str:
    return "".join(draw.choices(alphabet, k=count))


def grouped(text: str, size: int, sign: str = " ") -> str:
    return sign.join(text[i : i + size] for i in range(0, len(text), size))


def _phone(draw: Random, lang: str) -> str:
    if lang == "zh":
        mobile = draw.choice(["138", "139", "150", "151", "186", "188", "177", "199"]) + digits(
            draw, 8
        )
        forms = (
            mobile,
            f"{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}",
            f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}",
            f"+86 {mobile}",
            f"+86-{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}",
            f"0{draw.choice(['10', '21'])}-{digits(draw, 8, '68')}",
            f"0755-{digits(draw, 4, '28')} {digits(draw, 4)}",
            f"400-{digits(draw, 3, '68')}-{digits(draw, 4)}",
        )
        return draw.choice(forms)
    area, middle, last = (
        draw.choice(["415", "212", "650", "206", "617"]),
        digits(draw, 3, "2346789"),
        digits(draw, 4),
    )
    forms = (
        f"({area}) {middle}-{last}",
        f"{area}-{middle}-{last}",
        f"+1 {area} {middle} {last}",
        f"+1-{area}-{middle}-{last}",
        f"{area}.{middle}.{last}",
        f"+44 20 7{digits(draw, 3)} {digits(draw, 4)}",
        f"+65 {digits(draw, 4, '89')} {digits(draw, 4)}",
        f"+49 30 {digits(draw, 8, '2345')}",
    )
    return draw.choice(forms)


def _email(draw: Random, lang: str) -> str:
    user = draw.choice(
        ["lin", "bo.sample", "ada_f", "team", "hello-w", "c+kb", "13" + digits(draw, 9)]
    )
    host = draw.choice(
        ["example.org", "mail.example.com", "example.com.cn", "startup.example.io", "example.co.uk"]
    )
    return f"{user}{draw.choice(['', digits(draw, 2)])}@{host}"


def resident(draw: Random) -> str:
    day = f"{draw.randint(1955, 2004)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
    body = (
        draw.choice(["110108", "310104", "440305", "330106", "510107"])
        + day
        + f"{draw.randint(1, 999):03}"
    )
    return body + mod_11_2.calc_check_digit(body)


def _hong_kong(draw: Random) -> str:
    letter, number = draw.choice(UPPER), f"{draw.randint(100000, 999999)}"
    total = (
        9 * 36
        + 8 * (ord(letter) - 55)
        + sum(w * int(d) for w, d in zip(range(7, 1, -1), number, strict=True))
    )
    check = -total % 11
    return f"{letter}{number}({'A' if check == 10 else check})"


def _id(draw: Random, lang: str) -> str:
    social = f"{draw.randint(101, 665)}-{draw.randint(10, 99)}-{draw.randint(1000, 9999)}"
    body = digits(draw, 7, "6789")
    check = "JZIHGFEDCBA"[
        sum(w * int(d) for w, d in zip((2, 7, 6, 5, 4, 3, 2), body, strict=True)) % 11
    ]
    return draw.choice(
        (resident(draw), resident(draw), _hong_kong(draw))
        if lang == "zh"
        else (resident(draw), social, f"S{body}{check}")
    )


def company(draw: Random, lang: str) -> str:
    body = (
        "91"
        + draw.choice(["110108", "310115", "440300", "330106"])
        + "MA"
        + some(draw, "0123456789ABCDEFGHJKLMNPQRTUWXY", 7)
    )
    return body + uscc.calc_check_digit(body)


def card(draw: Random, lang: str) -> str:
    prefix = draw.choice(
        ["622202", "621700", "622848"] if lang == "zh" else ["4", "51", "55", "4532"]
    )
    length = draw.choice([16, 19] if lang == "zh" else [16])
    body = prefix + "".join(draw.choices(string.digits, k=length - 1 - len(prefix)))
    number = body + calc_check_digit(body)
    return draw.choice([number, grouped(number, 4), grouped(number, 4, "-")])


def iban(draw: Random, lang: str) -> str:
    country, body = draw.choice(
        [
            ("DE", digits(draw, 18)),
            ("GB", "WEST" + digits(draw, 14)),
            ("NL", "ABNA" + digits(draw, 10)),
            ("AE", digits(draw, 19)),
        ]
    )
    check = mod_97_10.calc_check_digits(body + country)
    number = f"{country}{check}{body}"
    return draw.choice([number, grouped(number, 4)])


def _passport(draw: Random, lang: str) -> str:
    forms = [
        f"E{digits(draw, 8)}",
        f"E{draw.choice('ABCDEFGH')}{digits(draw, 7)}",
        f"G{digits(draw, 8)}",
    ]
    return draw.choice(
        forms
        if lang == "zh"
        else [*forms, digits(draw, 9), f"{draw.choice(UPPER)}{digits(draw, 8)}"]
    )


def _wechat(draw: Random, lang: str) -> str:
    word = draw.choice(["lin", "founder", "ada", "bo_sample", "kbhelper", "growth-lab", "Xiaozhu"])
    return draw.choice(
        [
            f"{word}{digits(draw, 4)}",
            f"{word}_{some(draw, string.ascii_lowercase, 4)}",
            f"wxid_{some(draw, string.ascii_lowercase + string.digits, 14)}",
            f"{word}{draw.randint(80, 99)}x",
        ]
    )


def _qq(draw: Random, lang: str) -> str:
    return digits(draw, draw.randint(6, 10))


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
        f"sk-{some(draw, _ALNUM, 48)}",
        f"ghp_{some(draw, _ALNUM, 36)}",
        f"AKIA{some(draw, UPPER + '234567', 16)}",
        f"xoxb-{digits(draw, 12)}-{digits(draw, 12)}-{some(draw, _ALNUM, 24)}",
        f"AIza{some(draw, _ALNUM + '_-', 35)}",
        f"eyJhbGciOiJIUzI1NiJ9.eyJ{some(draw, _ALNUM, 40)}.{some(draw, _ALNUM + '_-', 43)}",
        f"postgres://app:{some(draw, _ALNUM, 14)}@db.example.com/main",
        f"password={some(draw, _ALNUM + '!#%', 14)}",
        f"LTAI{some(draw, _ALNUM, 20)}",
        f"glpat-{some(draw, _ALNUM, 20)}",
    )
    return draw.choice(forms)


def _name(draw: Random, lang: str) -> str:
    return draw.choice(NAMES)[lang == "zh"]


VALUES: dict[str, Callable[[Random, str], str]] = {
    "phone": _phone, "email": _email, "id": _id, "company": company, "card": card, "iban": iban,
    "passport": _passport, "wechat": _wechat, "qq": _qq, "address": _address, "secret": _secret, "name": _name,
}  # fmt: skip
