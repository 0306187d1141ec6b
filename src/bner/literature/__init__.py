"""Literature as published (JATS, MEDLINE, BioC, plain text; single, in folders, in archives) to lines of tokens."""
