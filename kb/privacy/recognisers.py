"""Every kind of personal data that is known, and what recognises it."""

from __future__ import annotations

import re

from kb.privacy.access_keys import access_keys
from kb.privacy.bank_numbers import card_numbers, ibans
from kb.privacy.chat_accounts import qq_accounts, wechat_accounts
from kb.privacy.email_addresses import email_addresses
from kb.privacy.identity_numbers import company_codes, identity_numbers, passport_numbers
from kb.privacy.phone_numbers import phone_numbers
from kb.privacy.postal_addresses import postal_addresses
from kb.privacy.spans import Nearby, Recogniser

# What the data of several kinds never go without: five digits, with little between them.
_DIGITS = re.compile(r"\d(?:[ ()（）.\-\u00a0]{0,2}\d){4}")
_ACCOUNT = re.compile("[微威薇VvWw](?:信|(?i:[ex]chat|echat|eixin|x))|x(?=id_)")
_HOUSE = re.compile(
    r"[\dA-Za-z一二三四五六七八九十百](?:号|弄|座|栋|幢|楼|层|室)|\d[A-Za-z]?,? [A-Z]|Box \d"
)

# Where two would mask the same characters, the earlier one does.
RECOGNISERS: dict[str, Recogniser] = {
    "secret": access_keys,
    "email": email_addresses,
    "iban": Nearby(_DIGITS, 24, 40, ibans),
    "id": Nearby(_DIGITS, 24, 24, identity_numbers),
    "company": Nearby(_DIGITS, 24, 24, company_codes),
    "card": Nearby(_DIGITS, 40, 24, card_numbers),
    "passport": Nearby(_DIGITS, 40, 24, passport_numbers),
    "wechat": Nearby(_ACCOUNT, 40, 60, wechat_accounts),
    "qq": Nearby(_DIGITS, 40, 24, qq_accounts),
    "phone": Nearby(_DIGITS, 40, 40, phone_numbers),
    "address": Nearby(_HOUSE, 60, 120, postal_addresses),
}
KINDS: tuple[str, ...] = (*RECOGNISERS, "name")
ALL = "all"
