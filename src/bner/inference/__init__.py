"""From sentences to mentions, with a trained network; no Lightning, no Hydra, no MLflow."""
