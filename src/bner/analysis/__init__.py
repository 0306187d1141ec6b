"""Analysis of scored runs: pure functions over counts by sentence."""
