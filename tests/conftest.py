"""What several tests need: the data folder, small corpora in both formats, small vector files, composed settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

ROOT = Path(__file__).resolve().parent.parent

GM_TEXTS = (
    "S1 The p53 protein binds IL-2 receptor alpha.",
    "S2 No gene was found in 12 patients.",
    "S3 Ras/MAPK signalling needs c-fos and c-jun.",
    "S4 We measured insulin.",
    "S5 Notch is expressed here.",
    "S6 NF-kappa B and AP-1 bind.",
)
GM_GENES = (
    "S1|3 5|p53",
    "S1|18 34|IL-2 receptor alpha",
    "S3|0 2|Ras",
    "S3|4 7|MAPK",
    "S3|23 27|c-fos",
    "S3|31 35|c-jun",
)
IOB2 = """###MEDLINE:1

IL-2\tB-DNA
gene\tI-DNA
expression\tO

T\tB-cell_type
cells\tI-cell_type
.\tO

###MEDLINE:2

NF-kappa\tB-protein
B\tI-protein
mRNA\tB-RNA
HL-60\tB-cell_line

Nothing\tO
"""


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder with the real corpora and vectors."""
    if "BNER_DATA" not in os.environ:
        pytest.skip("BNER_DATA is not set: it names the folder with the real corpora and vectors")
    return Path(os.environ["BNER_DATA"]).resolve()


def write(path: Path, lines: Iterable[str]) -> Path:
    """A file of these lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def write_gm(folder: Path, texts: Iterable[str] = GM_TEXTS, genes: Iterable[str] = GM_GENES) -> None:
    """A corpus in GM's format; the test part is the training part."""
    texts, genes = list(texts), list(genes)
    for part in ("train", "test"):
        write(folder / part / f"{part}.in", texts)
        write(folder / part / "GENE.eval", genes)
        write(folder / part / "ALTGENE.eval", ["S1|18 29|IL-2 receptor"] if "S1" in texts[0] else [])


def write_word2vec(path: Path, vectors: Mapping[str, np.ndarray]) -> Path:
    """A word2vec binary, as its first program writes it."""
    width = len(next(iter(vectors.values())))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(f"{len(vectors)} {width}\n".encode())
        for word, vector in vectors.items():
            file.write(word.encode() + b" " + vector.astype("<f4").tobytes() + b"\n")
    return path


def write_senna(folder: Path, vectors: Mapping[str, np.ndarray]) -> Path:
    """SENNA's two files, laid out as in its release."""
    write(folder / "hash" / "words.lst", vectors)
    rows = (" ".join(f"{value:.6f}" for value in vector) for vector in vectors.values())
    write(folder / "embeddings" / "embeddings.txt", rows)
    return folder


def make_data(folder: Path) -> Path:
    """A data folder in the layout of the real one: small corpora, and every vector file that conf/embedding names."""
    write_gm(folder / "corpora" / "bc2gm")
    for name in ("Genia4ERtask2.iob2", "Genia4EReval2.iob2"):
        write(folder / "corpora" / "jnlpba" / name, IOB2.splitlines())
    rng = np.random.default_rng(0)
    words = ("the", "p53", "protein", "il", "NUM", "gene", "cells", "and", "binds", "cell")
    for file in sorted((ROOT / "conf" / "embedding").glob("*.yaml")):
        embedding = configured(f"embedding={file.stem}", f"paths.data={folder}").embedding
        if embedding.default_file:
            writes = write_senna if file.stem.startswith("senna") else write_word2vec
            writes(Path(embedding.default_file), {word: rng.normal(size=embedding.dim) for word in words})
    return folder


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """See `make_data`."""
    return make_data(tmp_path_factory.mktemp("data"))


def configured(*overrides: str) -> DictConfig:
    """conf/train.yaml, composed with overrides."""
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("train", overrides=list(overrides))


@pytest.fixture
def sample_config(tmp_path: Path) -> Callable[..., DictConfig]:
    """The smallest run there is: the sample, narrow layers, tracked in a folder of the test's own."""

    def make(*overrides: str) -> DictConfig:
        return configured(
            "corpus=sample", "embedding=random50", "model.hidden_size=8", "model.feature_size=8",
            "trainer.max_epochs=1", "trainer.threads=1", "trainer.progress=false", "tracking.system_metrics=false",
            f"paths.mlruns={tmp_path}/mlruns", *overrides,
        )  # fmt: skip

    return make
