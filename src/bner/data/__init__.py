"""From sentences to batches: a vocabulary, numbers encoded once, batches, and the LightningDataModule."""
