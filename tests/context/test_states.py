"""States of the language models for sentences of tokens: one direction after the other, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bner.context.folder import read_models
from bner.context.language_model import LanguageModelContextConfig
from bner.context.states import LanguageModelStates
from bner.corpora.bies import LabelSet
from bner.data.encoding import FormEncoder
from bner.data.streaming import stream_batches
from bner.data.vocabulary import Vocabulary
from bner.errors import BnerError, SettingError
from tests.context.lm_folders import write_folder

SENTENCES = [["The", "p53", "protein", "binds", "."], ["p53"], ["12", "Proteins"], ["The", "p53", "protein"]]
CPU = torch.device("cpu")


def test_states_are_those_of_both_directions(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "lm")
    read = LanguageModelStates(folder)
    found = read(SENTENCES, CPU)
    assert found.shape == (4, 5, 3, 8)
    assert (found.dtype, read.layers, read.size) == (torch.float16, 3, 8)
    inputs, models = read_models(folder)
    encode = FormEncoder(Vocabulary(("", *inputs.words), inputs.characters, LabelSet(()), "num"))
    for number, tokens in enumerate(SENTENCES):
        (ahead,) = stream_batches([(0, tokens)], encode, None)
        (back,) = stream_batches([(0, tokens[::-1])], encode, None)
        forward = torch.stack(models["forward"](ahead), 2)[0, 1:]
        backward = torch.stack(models["backward"](back), 2)[0, 1:].flip(0)
        expected = torch.cat([forward, backward], 2)
        torch.testing.assert_close(found[number, : len(tokens)].float(), expected, atol=2e-3, rtol=0)
        assert not found[number, len(tokens) :].any()


def test_states_are_the_same_from_memory_and_one_after_another(tmp_path: Path) -> None:
    read = LanguageModelStates(write_folder(tmp_path / "lm"))
    expected = read(SENTENCES, CPU)
    seen: list[int] = []
    flat = read.of_tokens(SENTENCES, CPU, seen.append)
    assert seen[-1] == len(flat) == 11
    start = 0
    for number, tokens in enumerate(SENTENCES):
        torch.testing.assert_close(
            flat[start : start + len(tokens)], expected[number, : len(tokens)], atol=1e-3, rtol=0
        )
        start += len(tokens)
    read.remember(SENTENCES[:2], CPU, seen.append)
    torch.testing.assert_close(read(SENTENCES, CPU), expected, atol=1e-3, rtol=0)
    read._models.clear()  # nothing is left to compute these with
    assert torch.equal(read(SENTENCES[:2], CPU)[0], flat[:5])


def test_settings_are_checked(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "lm512")
    config = LanguageModelContextConfig("lm", str(folder))
    mix = config.build()
    assert (mix.size, len(mix.scalars), config.label) == (8, 3, "lm512")
    top = LanguageModelContextConfig("lm", str(folder), [2]).build()
    torch.testing.assert_close(top.read(SENTENCES, CPU), mix.read(SENTENCES, CPU)[:, :, 2:])
    for wrong, sentence in (
        (LanguageModelContextConfig("lm", str(folder), [3]), "names layer 3 and .* has layers 0 to 2"),
        (LanguageModelContextConfig("lm", str(folder), []), "context.layers is empty"),
        (LanguageModelContextConfig("lm", str(tmp_path / "none")), "none does not exist; train one with `bner lm"),
        (LanguageModelContextConfig("lm", str(tmp_path)), "has no language model"),
    ):
        with pytest.raises(BnerError, match=sentence):
            wrong.check()
    with pytest.raises(SettingError, match=r"is 2: use 0 to 0\.95"):
        LanguageModelContextConfig("lm", str(folder), dropout=2)
