"""The feature CRF: a linear-chain CRF over hand-made features, the rival that the paper argues against."""
