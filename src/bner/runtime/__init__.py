"""Runtime environment of a computation: torch's settings, cores, signals, progress, files, hashes and locks."""
