"""The same network in plain PyTorch: torch.nn.LSTM over the window of every token, and pytorch-crf."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torchcrf import CRF

from bner.corpora.sentence import Sentence
from bner.data.vocabulary import UNSEEN_CHARACTER
from bner.vectors.keys import word_key
from comparison.task import (
    CHARACTER_DIM,
    CHARACTER_HIDDEN_SIZE,
    EPSILON,
    HIDDEN_SIZE,
    L2,
    LEARNING_RATE,
    SEED,
    WINDOW,
    Task,
)


class PlainTagger(nn.Module):
    """Word vectors and attention over characters, a window of five words, a BLSTM, f1, a CRF."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.words = nn.Embedding.from_pretrained(task.vectors, freeze=True)
        self.characters = nn.Embedding(task.vocabulary.num_characters, CHARACTER_DIM, padding_idx=0)
        self.around = nn.Conv1d(CHARACTER_DIM, CHARACTER_HIDDEN_SIZE, 2 * WINDOW + 1, padding=WINDOW)
        self.score = nn.Linear(CHARACTER_HIDDEN_SIZE, CHARACTER_DIM, bias=False)
        inputs = (2 * WINDOW + 1) * (task.vectors.shape[1] + CHARACTER_DIM)
        self.lstm = nn.LSTM(inputs, HIDDEN_SIZE, batch_first=True, bidirectional=True)
        self.hidden = nn.Linear(2 * HIDDEN_SIZE, HIDDEN_SIZE)
        self.output = nn.Linear(HIDDEN_SIZE, len(task.vocabulary.labels))
        self.crf = CRF(len(task.vocabulary.labels), batch_first=True)

    def forward(self, words: Tensor, characters: Tensor, lengths: Tensor) -> Tensor:
        """Return emissions (B, T, K) of words (B, T), characters (B, T, C) and lengths (B,)."""
        embedded = self.characters(characters.flatten(0, 1))  # (B T, C, E)
        around = torch.tanh(self.around(embedded.transpose(1, 2))).transpose(1, 2)
        scores = self.score(around).masked_fill((characters.flatten(0, 1) == 0)[..., None], -1e4)
        spelling = (scores.softmax(1) * embedded).sum(1).view(*words.shape, -1)
        x = pad(torch.cat([self.words(words), spelling], 2), (0, 0, WINDOW, WINDOW))
        windows = torch.cat([x[:, first : first + words.shape[1]] for first in range(2 * WINDOW + 1)], 2)
        packed = pack_padded_sequence(windows, lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.output(torch.tanh(self.hidden(states)))


class Plain:
    """Plain PyTorch as a system."""

    def __init__(self, task: Task) -> None:
        torch.manual_seed(SEED)
        self.task = task
        self.network = PlainTagger(task)
        self.optimizer = torch.optim.Adagrad(
            [p for p in self.network.parameters() if p.requires_grad], lr=LEARNING_RATE, eps=EPSILON, weight_decay=L2
        )
        rows = {word: row for row, word in enumerate(task.vocabulary.words)}
        number = task.vocabulary.character_numbers().get
        self.row = lambda form: rows.get(word_key(form), 0)
        self.spelling = lambda form: torch.tensor([number(each, UNSEEN_CHARACTER) for each in form])

    def _encoded(self, sentence: Sentence) -> tuple[Tensor, Tensor, Tensor]:
        """Return words (T,), their characters padded to the longest of them (T, C), and labels (T,)."""
        return (
            torch.tensor([self.row(token) for token in sentence.tokens]),
            pad_sequence([self.spelling(token) for token in sentence.tokens], batch_first=True),
            torch.tensor(self.task.vocabulary.labels.encode(len(sentence.tokens), sentence.mentions)),
        )

    def _batch(self, encoded: Sequence[tuple[Tensor, Tensor, Tensor]]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        words, characters, labels = zip(*encoded, strict=True)
        lengths = torch.tensor([len(row) for row in words])
        tokens, letters = int(lengths.max()), max(each.shape[1] for each in characters)
        spelling = torch.stack([pad(each, (0, letters - each.shape[1], 0, tokens - len(each))) for each in characters])
        return pad_sequence(words, batch_first=True), spelling, pad_sequence(labels, batch_first=True), lengths

    def train(self, batch_size: int, updates: int) -> float:
        """Return the seconds of the first updates of an epoch; the sentences are encoded beforehand."""
        batches = [[self._encoded(each) for each in batch] for batch in self.task.first_batches(batch_size, updates)]
        self.network.train()
        began = time.perf_counter()
        for encoded in batches:
            words, characters, labels, lengths = self._batch(encoded)
            inside = torch.arange(words.shape[1]) < lengths[:, None]
            loss = -self.network.crf(self.network(words, characters, lengths), labels, inside, reduction="mean")
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return time.perf_counter() - began

    @torch.no_grad()
    def tag(self, sentences: Sequence[Sentence], batch_size: int) -> float:
        """Return the seconds from tokens to mentions; the sentences are sorted by length."""
        self.network.eval()
        began = time.perf_counter()
        ordered = sorted(sentences, key=lambda sentence: len(sentence.tokens))
        for begin in range(0, len(ordered), batch_size):
            words, characters, _, lengths = self._batch(
                [self._encoded(each) for each in ordered[begin : begin + batch_size]]
            )
            inside = torch.arange(words.shape[1]) < lengths[:, None]
            for labels in self.network.crf.decode(self.network(words, characters, lengths), inside):
                self.task.vocabulary.labels.decode(labels)
        return time.perf_counter() - began
