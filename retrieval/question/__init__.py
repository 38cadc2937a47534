"""Questions: checked, weighed, translated, made to stand alone, and compared with each other."""
