"""The network, top down: tagger.py puts together character attention, the window, the recurrent layers and a decoder.

Letters of tensor shapes, everywhere in this folder: B sentences, T tokens of the longest of them, W distinct word forms
of the batch, C their characters, K labels, D values of a word's representation, H values of a recurrent state,
N directions (1 or 2), G gates (4 of an LSTM, 1 of an Elman network).
"""
