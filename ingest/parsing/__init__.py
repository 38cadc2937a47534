"""What readers share: encodings, lists with lines, tables, turns, threads, FAQ entries, pages,
office packages.
"""
