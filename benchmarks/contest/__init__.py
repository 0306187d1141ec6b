"""What the speed benchmarks share: the contestants, the task they are given, and the turns they take."""
