"""The command `bner`: everything but training."""
