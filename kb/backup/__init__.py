"""Backups: one file that holds what a knowledge base can't make again, and the way back from it."""
