"""`bner fetch` as it is typed, its table, and the paper's corpora through it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bner.cli.app import app, main
from bner.errors import BnerError
from bner.fetching import resources
from bner.fetching.fetch import DOWNLOADS, listing
from bner.fetching.resources import RESOURCES, Download, Resource
from tests.fetching.archives import tar_gz
from tests.fetching.site import Page, Site
from tests.fetching.table import VECTORS, fetched, files, put_table, sha256


def test_a_killed_process_leaves_nothing_half_written_and_the_next_resumes(site: Site, tmp_path: Path) -> None:
    table = put_table(site)
    site.pages["/v.bin"].breaks, site.pages["/v.bin"].hold = [70_000], 3.0
    program = (
        "from bner.cli import app as cli; from bner.fetching import resources; from bner.fetching.resources import *\n"
        f"resources.RESOURCES = {table!r}\ncli.main()"
    )
    command = [sys.executable, "-c", program, "fetch", "plain", "--data", str(tmp_path)]
    part = tmp_path / DOWNLOADS / "v.bin.part"
    process = subprocess.Popen(command)
    try:
        for _ in range(1000):
            if part.exists() and part.stat().st_size:
                break
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    there = part.stat().st_size
    assert 0 < there <= 70_000
    assert set(files(tmp_path)) == {f"{DOWNLOADS}/v.bin.part", f"{DOWNLOADS}/v.bin.part.json"}
    site.pages["/v.bin"].hold = 0.0
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert site.asked[-1] == ("/v.bin", f"bytes={there}-", '"one"')
    assert files(tmp_path) == {"embeddings/v.bin": VECTORS}
    assert "please cite: Somebody 2001, The plain" in done.stdout


def test_the_command_fetches_lists_and_ends_in_a_sentence(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "RESOURCES", put_table(site))
    run = CliRunner().invoke
    listed = run(app, ["fetch"])
    assert listed.exit_code == 0
    assert listed.stdout == run(app, ["fetch", "corpus", "--list"]).stdout
    assert f"{site.address}/train.tar.gz" in listed.stdout
    assert not site.asked
    done = run(app, ["fetch", "corpus", "--keep"], env={"BNER_DATA": str(tmp_path)})
    assert done.exit_code == 0, done.output
    assert "please cite: Somebody 2001, The corpus" in done.stdout
    assert (tmp_path / DOWNLOADS / "test.tar.gz").exists()
    again = run(app, ["fetch", "corpus", "--data", str(tmp_path)])
    assert again.stdout == "corpus: already exists\n"
    assert isinstance(run(app, ["fetch", "nope", "--data", str(tmp_path)]).exception, BnerError)


def test_an_error_is_one_sentence_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bner", "fetch", "nope", "--data", str(tmp_path)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert capsys.readouterr().err.startswith("bner: there is no resource 'nope': choose from bc2gm, jnlpba, senna,")
    assert not list(tmp_path.iterdir())


def test_a_terminal_shows_a_bar_and_a_file_does_not(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = put_table(site)
    fetched(["plain"], tmp_path, table)
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    monkeypatch.setenv("COLUMNS", "120")
    fetched(["plain"], tmp_path, table, force=True)
    err = capsys.readouterr().err
    assert "v.bin" in err
    assert "200.0/200.0 kB" in err


def test_the_table_is_sound() -> None:
    names = [resource.name for resource in RESOURCES]
    downloads = [download for resource in RESOURCES for download in resource.downloads]
    assert len(set(names)) == len(names)
    assert len({download.name for download in downloads}) == len(downloads)
    targets = [file.target for download in downloads for file in download.files]
    assert len(set(targets)) == len(targets)
    for download in downloads:
        assert download.address.startswith(("https://", "http://"))
        assert all(file.target.startswith(("corpora/", "embeddings/")) for file in download.files)
        packed = {file.member is not None for file in download.files}
        assert packed == {download.name.endswith((".tar.gz", ".tgz", ".zip"))}
    for resource in RESOURCES:
        assert resource.licence
        assert resource.citation
    assert len(listing(RESOURCES)) == 2 * len(RESOURCES) + len(downloads)


def test_the_paper_corpora_come_out_as_they_are_known(site: Site, tmp_path: Path, data_folder: Path) -> None:
    corpora = data_folder / "corpora"
    gm = {part: {f"{part}.in", "GENE.eval", "ALTGENE.eval"} for part in ("train", "test")}
    task2 = (corpora / "jnlpba" / "Genia4ERtask2.iob2").read_bytes()
    packed = {
        "bc2GMtrain_1.1.tar.gz": {
            f"bc2geneMention/train/{name}": (corpora / "bc2gm/train" / name).read_bytes() for name in gm["train"]
        },
        "bc2GMtest_1.0.tar.gz": {
            f"BC2GM/test/{name}": (corpora / "bc2gm/test" / name).read_bytes() for name in gm["test"]
        },
        "Genia4ERtraining.tar.gz": {
            "Genia4ERtask1.iob2": b"no",
            "Genia4ERtask2.iob2": task2.replace(b"\n\n###", b"\n\n\n###"),  # other blank lines, the same sentences
        },
        "Genia4ERtest.tar.gz": {
            "Genia4EReval2.iob2": (corpora / "jnlpba/Genia4EReval2.iob2").read_bytes(),
            "Genia4EReval2.raw": b"no",
        },
    }
    table = tuple(
        Resource(
            resource.name, "", "", resource.licence, resource.citation,
            tuple(
                Download(one.name, site.put(f"/{one.name}", Page(tar_gz(packed[one.name]), breaks=[9999])), one.files)
                for one in resource.downloads
            ),
        )
        for resource in RESOURCES
        if resource.name in ("bc2gm", "jnlpba")
    )  # fmt: skip
    fetched(["bc2gm", "jnlpba"], tmp_path, table)
    for path in (*corpora.glob("bc2gm/*/*"), corpora / "jnlpba/Genia4EReval2.iob2"):
        assert sha256((tmp_path / path.relative_to(data_folder)).read_bytes()) == sha256(path.read_bytes())
    new = (tmp_path / "corpora/jnlpba/Genia4ERtask2.iob2").read_bytes()
    assert new != task2
    assert [line for line in new.splitlines() if line] == [line for line in task2.splitlines() if line]
    assert fetched(["bc2gm", "jnlpba"], data_folder, table) == ["bc2gm: already exists", "jnlpba: already exists"]
