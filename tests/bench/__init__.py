"""Benchmarks: each is run from the repository's root as `python -m tests.bench.NAME`, and says in
its first lines what it measures.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the console script has it
