"""Kernels beneath the network: recurrences and CRF with written-out gradients, sums of gathered rows."""
