"""Answering: a draft from the hits, checked sentence by sentence, with citations and their quotes."""
