"""The files of two invented communities, a Chinese and an English one, and what founders ask of
them: `python -m tests.bench.community_files`.
"""
