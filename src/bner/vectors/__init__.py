"""Word vectors: the keys of words, the formats of vector files, and the table of the words that a corpus needs."""
