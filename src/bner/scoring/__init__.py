"""Scores: pure functions that count by sentence, and what is made of the counts."""
