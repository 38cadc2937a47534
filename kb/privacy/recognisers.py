"""Every kind of personal data that is known, and what recognises it."""

from __future__ import annotations

from kb.privacy.email_addresses import email_addresses
from kb.privacy.phone_numbers import phone_numbers
from kb.privacy.spans import Recogniser

# Where two would mask the same characters, the earlier one does.
RECOGNISERS: dict[str, Recogniser] = {
    "email": email_addresses,
    "phone": phone_numbers,
}
KINDS: tuple[str, ...] = (*RECOGNISERS, "name")
ALL = "all"
