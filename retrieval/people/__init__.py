"""People: profiles that members gave themselves, matched by what they offer and seek."""
