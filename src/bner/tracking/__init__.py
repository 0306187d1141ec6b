"""Runs, sweeps and their scores in MLflow; the only package that imports MLflow."""
