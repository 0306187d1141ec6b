"""Corpora and word vectors from their official addresses: the table, one download, one archive, and the command."""
