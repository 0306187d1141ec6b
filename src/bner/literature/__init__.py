"""Readers of literature as published (JATS, MEDLINE, BioC, plain text; in files, folders, archives), tokenised."""
