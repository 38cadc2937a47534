"""A question prepared for searching: put in other languages, weighed, and made to stand alone."""
