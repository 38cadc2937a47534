"""Feedback: what people say of answers becomes decisions, FAQ entries, test cases, tuned settings
and a list of gaps.
"""
