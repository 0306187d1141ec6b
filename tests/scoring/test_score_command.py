"""`bner score`: the lines that it prints, and one sentence for files that are wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bner.cli import app as cli
from tests.conftest import GM_GENES, IOB2, write, write_gm


def bner(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    """The exit code of the command."""
    monkeypatch.setattr("sys.argv", ["bner", *map(str, words)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


def test_gm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    write_gm(tmp_path)
    file = write(tmp_path / "out.eval", ["S1|3 5|p53", "S1|18 29|IL-2 receptor", "S2|0 1|No"])
    assert bner(monkeypatch, "score", "gm", "--gold", tmp_path / "test", file) == 0
    assert capsys.readouterr().out == "TP 2 FP 1 FN 4 P 0.666667 R 0.333333 F1 0.444444\n"


def test_gm_of_empty_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "GENE.eval", GM_GENES)
    write(tmp_path / "ALTGENE.eval", [])
    assert bner(monkeypatch, "score", "gm", "--gold", tmp_path, write(tmp_path / "out.eval", [])) == 0
    assert capsys.readouterr().out == "TP 0 FP 0 FN 6 P 0.000000 R 0.000000 F1 0.000000\n"


def test_jnlpba(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    gold = write(tmp_path / "gold.iob2", IOB2.splitlines())
    file = write(tmp_path / "out.iob2", IOB2.replace("gene\tI-DNA", "gene\tO").splitlines())
    assert bner(monkeypatch, "score", "jnlpba", "--gold", gold, file) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "TP 4 FP 1 FN 1 P 0.800000 R 0.800000 F1 0.800000"
    assert "all left TP 5 FP 0 FN 0 P 1.000000 R 1.000000 F1 1.000000" in lines
    assert "DNA right TP 0 FP 1 FN 1 P 0.000000 R 0.000000 F1 0.000000" in lines
    assert len(lines) == 3 * (1 + 5)
    assert all(re.search(r"TP \d+ FP \d+ FN \d+ P \d\.\d{6} R \d\.\d{6} F1 \d\.\d{6}$", line) for line in lines)


def test_illegal_tags_are_scored_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = write(tmp_path / "gold.iob2", IOB2.splitlines())
    changed = IOB2.replace("gene\tI-DNA", "gene\tI-RNA").replace("Nothing\tO", "Nothing\tI-protein")
    file = write(tmp_path / "out.iob2", changed.splitlines())
    assert bner(monkeypatch, "score", "jnlpba", "--gold", gold, file) == 0
    seen = capsys.readouterr()
    assert seen.out.splitlines()[0] == "TP 4 FP 1 FN 1 P 0.800000 R 0.800000 F1 0.800000"
    assert "out.iob2 has 2 illegal IOB2 tags (first line 4: 'I-RNA' follows 'B-DNA'" in seen.err
    assert seen.err.count("\n") == 1


def test_an_illegal_tag_in_the_gold_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "out.iob2", IOB2.splitlines())
    gold = write(tmp_path / "gold.iob2", IOB2.replace("Nothing\tO", "Nothing\tI-protein").splitlines())
    assert bner(monkeypatch, "score", "jnlpba", "--gold", gold, file) == 1
    assert "gold.iob2:18 'I-protein' follows 'O'" in capsys.readouterr().err
    file = write(tmp_path / "out.iob2", IOB2.replace("Nothing\tO", "Nothing\tE-protein").splitlines())
    assert bner(monkeypatch, "score", "jnlpba", "--gold", file, file) == 1
    assert "out.iob2:18 'E-protein' is no IOB2 tag" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("S1 3 5 p53", "out.eval:1 is not 'identifier|START END|text'"),
        ("S1|3 500|p53", "out.eval:1 ends at offset 500, beyond sentence S1"),
        ("S77|3 5|p53", "out.eval:1 names sentence S77"),
    ],
)
def test_broken_predictions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, sentence: str
) -> None:
    write_gm(tmp_path)
    file = write(tmp_path / "out.eval", [line])
    assert bner(monkeypatch, "score", "gm", "--gold", tmp_path / "test", file) == 1
    seen = capsys.readouterr()
    assert seen.out == ""
    assert sentence in seen.err
    assert seen.err.count("\n") == 1
    assert "Traceback" not in seen.err


def test_missing_and_unequal_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = write(tmp_path / "gold.iob2", IOB2.splitlines())
    assert bner(monkeypatch, "score", "jnlpba", "--gold", gold, tmp_path / "none.iob2") == 1
    assert "none.iob2 cannot be read" in capsys.readouterr().err
    other = write(tmp_path / "other.iob2", ["x\tO"])
    assert bner(monkeypatch, "score", "jnlpba", "--gold", gold, other) == 1
    assert "has 1 sentences and" in capsys.readouterr().err
    other = write(tmp_path / "other.iob2", IOB2.replace("HL-60", "HL-61").splitlines())
    assert bner(monkeypatch, "score", "jnlpba", "--gold", gold, other) == 1
    assert "sentence 2.1" in capsys.readouterr().err
