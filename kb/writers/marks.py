"""Pieces of a draft that are no text of it: what a writer yields to say something about it."""

NO_ANSWER = "NO_ANSWER"
"""What a writer yields, alone, when the hits do not answer the question."""

THOUGHT = "</think>"
"""A piece of a draft by itself: what came before it was thought aloud after all, and is no part of
the draft.
"""
