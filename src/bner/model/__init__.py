"""The network: network.py reads top to bottom, character encoders and kernels lie beside and beneath it.

Letters of tensor shapes, everywhere in this package: B sentences, T tokens of the longest of them, W distinct word
forms of the batch, C their characters, K labels, D dimensions of an input vector, H the hidden size, N directions (1 or
2), G gates (4 of an LSTM, 1 of an Elman network), P positions of a window.
"""
