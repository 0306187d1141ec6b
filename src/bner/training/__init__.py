"""Training: Lightning's module, data module and callbacks around the network."""
