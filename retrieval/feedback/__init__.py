"""Learning from feedback: what was said of answers becomes cases, replays and a list of what is
missing.
"""
