"""Every kind of personal data that is known, and what recognises it."""

from __future__ import annotations

from kb.privacy.access_keys import access_keys
from kb.privacy.bank_numbers import card_numbers, ibans
from kb.privacy.chat_accounts import qq_accounts, wechat_accounts
from kb.privacy.email_addresses import email_addresses
from kb.privacy.identity_numbers import company_codes, identity_numbers, passport_numbers
from kb.privacy.phone_numbers import phone_numbers
from kb.privacy.postal_addresses import postal_addresses
from kb.privacy.spans import Recogniser

# Where two would mask the same characters, the earlier one does.
RECOGNISERS: dict[str, Recogniser] = {
    "secret": access_keys,
    "email": email_addresses,
    "iban": ibans,
    "id": identity_numbers,
    "company": company_codes,
    "card": card_numbers,
    "passport": passport_numbers,
    "wechat": wechat_accounts,
    "qq": qq_accounts,
    "phone": phone_numbers,
    "address": postal_addresses,
}
KINDS: tuple[str, ...] = (*RECOGNISERS, "name")
ALL = "all"
