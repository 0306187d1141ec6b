"""Runs and sweeps: composed, trained, scored, tracked and resumed."""
