"""Shared by the speed benchmarks: the systems that are compared, their task, and measuring them in turns."""
