"""Biomedical named entity recognition: experiments, scores and a tagger around an LSTM with character attention."""
