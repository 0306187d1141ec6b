"""Download of corpora and word vectors from their official addresses, with checksums."""
