"""The machine around a computation: torch's set-up, signals, progress, files and locks."""
