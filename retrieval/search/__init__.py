"""Searching: the hits for a question, found by words and vectors, fused, and the confidence that
they answer it.
"""
