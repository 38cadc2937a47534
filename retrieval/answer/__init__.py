"""Answering: a draft from the hits, checked by sentences, with citations and their quotes."""
