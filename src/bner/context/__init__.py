"""Contextual vectors of tokens, as a further input of the tagger: from frozen language models."""
