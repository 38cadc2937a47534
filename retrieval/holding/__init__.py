"""Held answers: the community's rules, which answers wait for a person, and what becomes of them."""
