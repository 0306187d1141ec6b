"""Scores: pure functions over spans, and thin torchmetrics over those."""
