"""Corpora: the formats they come in, their sentences and mentions, and the labels made of them."""
