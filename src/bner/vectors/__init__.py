"""Word vectors: how words are looked up, the formats that vectors come in, and the table that a corpus needs."""
