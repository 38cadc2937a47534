"""Held answers: the community's rules, which answers wait for a person, what becomes of them."""
