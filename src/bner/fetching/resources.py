"""Table of the resources of `bner fetch`: addresses, checksums, licences and citations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class WantedFile:
    """File of a resource.

    Attributes:
        target: its path in the data folder, with slashes.
        member: the end of its path in the archive, as whole names, since archives differ in their top folders; None
            where the download is the file itself.
        most_bytes: a larger member is refused as a decompression bomb.
        sha256: SHA-256 of the whole file, where known.
        sentences_sha256: SHA-256 of its sentences alone (see `bner.fetching.checks`), where its blank lines vary.
    """

    target: str
    member: str | None = None
    most_bytes: int = 64 * MIB
    sha256: str | None = None
    sentences_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """Download and the files that it has.

    Attributes:
        name: file name of the download; its ending is that of its format (.tar.gz, .tgz or .zip).
        address: http or https.
        files: the files to extract.
        sha256: SHA-256 of the download, where known.
        other_addresses: mirrors, tried in turn when the addresses before them fail.
    """

    name: str
    address: str
    files: tuple[WantedFile, ...]
    sha256: str | None = None
    other_addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """Resource that the user fetches by name.

    Attributes:
        name: its name on the command line.
        what: one clause that describes it.
        size: total size of the downloads, as text; empty where unknown.
        licence: one clause, with the restrictions on use.
        citation: the publication to cite.
        downloads: the downloads that have its files.
    """

    name: str
    what: str
    size: str
    licence: str
    citation: str
    downloads: tuple[Download, ...]

    @property
    def files(self) -> tuple[WantedFile, ...]:
        """All files of the resource."""
        return tuple(file for download in self.downloads for file in download.files)


def _gene_mentions(part: str, hashes: Sequence[str]) -> tuple[WantedFile, ...]:
    names = (f"{part}.in", "GENE.eval", "ALTGENE.eval")
    return tuple(
        WantedFile(f"corpora/bc2gm/{part}/{name}", f"{part}/{name}", sha256=sha256)
        for name, sha256 in zip(names, hashes, strict=True)
    )


_BIOCREATIVE = "https://biocreative.bioinformatics.udel.edu/media/store/files/2011"
_BIOCREATIVE_BEFORE = "http://www.biocreative.org/media/store/files/2011"  # the former name of the site
_NACTEM = "http://www.nactem.ac.uk/GENIA/current/Shared-tasks/JNLPBA"

RESOURCES: tuple[Resource, ...] = (
    Resource(
        name="bc2gm",
        what="BioCreative II gene mention: 15,000 training and 5,000 test sentences",
        size="",
        licence="public domain (a work of the United States Government)",
        citation="Smith et al. 2008, Overview of BioCreative II gene mention recognition, Genome Biology 9(Suppl 2):S2",
        downloads=(
            Download(
                "bc2GMtrain_1.1.tar.gz",
                f"{_BIOCREATIVE}/bc2GMtrain_1.1.tar.gz",
                _gene_mentions(
                    "train",
                    (
                        "408f32a796e7aa8ed5b6428c1887e084282b42a02409bba151d0bda3698ca6e3",
                        "6f2b01a25d700f1fddcc7dea6a1b722498b5a9ad6cf12b19ec9d36ab3b63ad87",
                        "39b33098791c57747db1f8b6f91109879310fc726ba52dd3e446f9653d795bf5",
                    ),
                ),
                other_addresses=(f"{_BIOCREATIVE_BEFORE}/bc2GMtrain_1.1.tar.gz",),
            ),
            Download(
                "bc2GMtest_1.0.tar.gz",
                f"{_BIOCREATIVE}/bc2GMtest_1.0.tar.gz",
                _gene_mentions(
                    "test",
                    (
                        "dc1b919a143f99d0cb9182a3a26b1c98e46799d052a463d4c212c49532f123fd",
                        "e6df54b52d337a02a5b11432d132b28c7c657f717e1fe6e8035d3c7b2a18bf4f",
                        "07bee7571c3197db1b886cc790c6f488f2408d3d012006865cc926d93b6c7b8d",
                    ),
                ),
                other_addresses=(f"{_BIOCREATIVE_BEFORE}/bc2GMtest_1.0.tar.gz",),
            ),
        ),
    ),
    Resource(
        name="jnlpba",
        what="JNLPBA 2004: 2,000 training and 404 test abstracts with five types of names",
        size="",
        licence="annotations CC BY 3.0 (GENIA project); the abstracts belong to their publishers",
        citation="Kim et al. 2004, Introduction to the Bio-Entity Recognition Task at JNLPBA, JNLPBA-04, pp. 70-75",
        downloads=(
            Download(
                "Genia4ERtraining.tar.gz",
                f"{_NACTEM}/Train/Genia4ERtraining.tar.gz",
                (
                    WantedFile(
                        "corpora/jnlpba/Genia4ERtask2.iob2",
                        "Genia4ERtask2.iob2",
                        sentences_sha256="639ed27232343df677b5588e61114a0592a8dcd85d828a1a6084ba441bf0de6d",
                    ),
                ),
            ),
            Download(
                "Genia4ERtest.tar.gz",
                f"{_NACTEM}/Evaluation/Genia4ERtest.tar.gz",
                (
                    WantedFile(
                        "corpora/jnlpba/Genia4EReval2.iob2",
                        "Genia4EReval2.iob2",
                        sha256="4334602737eef0aa3a91c8d5b5122f23447baa85c276c27385f921cb228a1e7c",
                    ),
                ),
            ),
        ),
    ),
    Resource(
        name="senna",
        what="SENNA word vectors, dimension 50, 130,000 words from Wikipedia, as in the paper",
        size="about 185 MB",
        licence="research and other non-commercial use only, see https://ronan.collobert.com/senna/license.html",
        citation="Collobert et al. 2011, Natural Language Processing (Almost) from Scratch, JMLR 12:2493-2537",
        downloads=(
            Download(
                "senna-v3.0.tgz",
                "https://ronan.collobert.com/senna/senna-v3.0.tgz",
                (
                    WantedFile("embeddings/senna/hash/words.lst", "hash/words.lst"),
                    WantedFile(
                        "embeddings/senna/embeddings/embeddings.txt", "embeddings/embeddings.txt", most_bytes=GIB
                    ),
                ),
            ),
        ),
    ),
    Resource(
        name="google300",
        what="Google News word2vec, dimension 300, 3 million words and phrases, as in the paper; stays compressed",
        size="1.6 GB",
        licence="Apache 2.0, as the word2vec project, see https://code.google.com/archive/p/word2vec/",
        citation="Mikolov et al. 2013, Distributed Representations of Words and Phrases and their Compositionality",
        downloads=(
            Download(
                "GoogleNews-vectors-negative300.bin.gz",
                # the file on Google Drive that the project's page points to; without `confirm` it returns a page
                "https://drive.usercontent.google.com/download?id=0B7XkCwpI5KDYNlNUTTlSS21pQmM&export=download&confirm=t",
                (
                    WantedFile(
                        "embeddings/GoogleNews-vectors-negative300.bin.gz",
                        sha256="21c05ae916a67a4da59b1d006903355cced7de7da1e42bff9f0504198c748da8",
                    ),
                ),
                sha256="21c05ae916a67a4da59b1d006903355cced7de7da1e42bff9f0504198c748da8",
            ),
        ),
    ),
    Resource(
        name="glove",
        what="GloVe 6B word vectors from Wikipedia and newswire, dimensions 50, 100, 200 and 300, as text",
        size="862 MB",
        licence="public domain (PDDL 1.0)",
        citation="Pennington, Socher and Manning 2014, GloVe: Global Vectors for Word Representation, EMNLP",
        downloads=(
            Download(
                "glove.6B.zip",
                "https://nlp.stanford.edu/data/glove.6B.zip",
                tuple(
                    WantedFile(f"embeddings/glove.6B.{dim}d.txt", f"glove.6B.{dim}d.txt", most_bytes=4 * GIB)
                    for dim in (50, 100, 200, 300)
                ),
                sha256="617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb",
            ),
        ),
    ),
    Resource(
        name="pubmed",
        what="word2vec from PubMed abstracts and PubMed Central full texts",
        size="",
        licence="an open licence, see http://bio.nlplab.org",
        citation="Pyysalo et al. 2013, Distributional Semantics Resources for Biomedical Text Processing, LBM",
        downloads=(
            Download(
                "PubMed-and-PMC-w2v.bin",
                "http://evexdb.org/pmresources/vec-space-models/PubMed-and-PMC-w2v.bin",
                (WantedFile("embeddings/PubMed-and-PMC-w2v.bin"),),
            ),
        ),
    ),
    Resource(
        name="fasttext",
        what="fastText word vectors, dimension 300, a million words from Wikipedia, web pages and news, as text",
        size="682 MB",
        licence="CC BY-SA 3.0",
        citation="Mikolov et al. 2018, Advances in Pre-Training Distributed Word Representations, LREC",
        downloads=(
            Download(
                "wiki-news-300d-1M.vec.zip",
                "https://dl.fbaipublicfiles.com/fasttext/vectors-english/wiki-news-300d-1M.vec.zip",
                (WantedFile("embeddings/wiki-news-300d-1M.vec", "wiki-news-300d-1M.vec", most_bytes=8 * GIB),),
            ),
        ),
    ),
)
