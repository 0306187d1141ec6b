"""The space of a search, read from overrides in Hydra's grammar, and the overrides of a point in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, Override, RangeSweep, Sweep
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from bner.config.identity import is_ignored
from bner.errors import BnerError

# What the dev scores of two trials must have in common to be compared.
_NOT_SEARCHED = {
    "seed": "the best seed says nothing about the settings",
    "corpus": "dev scores of two corpora do not compare",
    "experiment": "each experiment has a space of its own",
    "trainer.score_test": "trials are scored on dev only",
}
_TAGS = {"log", "int"}
_DIGITS = 4  # significant ones of a value that is drawn from an interval


@dataclass(frozen=True)
class Space:
    """The settings that a search varies, and those that it does not.

    Attributes:
        distributions: of the settings that are searched, by the key of their override.
        fixed: the other overrides.
    """

    distributions: dict[str, BaseDistribution]
    fixed: tuple[str, ...]

    def words(self, params: Mapping[str, Any]) -> list[str]:
        """Return the overrides of a point of the space.

        Numbers from an interval are rounded to four significant digits, which names and commands can bear.
        """
        return [f"{key}={_text(params[key], self.distributions[key])}" for key in self.distributions]

    def corner(self) -> list[str]:
        """Return the overrides of one point: the first value or the lower end of each setting."""
        return self.words({key: _first(each) for key, each in self.distributions.items()})


def read_space(params: Mapping[str, Any], arguments: Sequence[str], ignored: Iterable[str]) -> Space:
    """Read the space of a search.

    Args:
        params: `hydra.sweeper.params`, of which the command line replaces entries.
        arguments: the overrides of the command line.
        ignored: the settings that do not change what a run computes.

    Raises:
        BnerError: there is nothing to search, a setting is given twice or cannot be searched, or an interval is wrong.
    """
    given: dict[str, Override] = {}
    for override in _parsed(arguments):
        if override.key_or_group in given:
            raise BnerError(f"{override.key_or_group} is given twice in a search: give it once.")
        given[override.key_or_group] = override
    defaults = {each.key_or_group: each for each in _parsed(f"{key}={value}" for key, value in params.items())}
    distributions: dict[str, BaseDistribution] = {}
    fixed = []
    for key, override in {**defaults, **given}.items():
        if not override.is_sweep_override():
            fixed.append(str(override.input_line))
            continue
        for name, reason in _NOT_SEARCHED.items():
            if is_ignored(key, [name]):
                raise BnerError(f"{key} is no setting to search, since {reason}: give it one value.")
        if is_ignored(key, ignored):
            raise BnerError(f"{key} is no setting to search, since it changes no score: give it one value.")
        distributions[override.get_key_element()] = _distribution(key, override)
    if not distributions:
        raise BnerError(
            "the search has no space: give a setting several values or an interval, as in "
            "model.hidden_size=100,150,200 or 'model.dropout=interval(0.2,0.6)'."
        )
    return Space(distributions, tuple(fixed))


def _parsed(words: Iterable[str]) -> list[Override]:
    hydra = GlobalHydra.instance().hydra  # lists the options of a group for glob(*)
    return OverridesParser.create(hydra.config_loader if hydra else None).parse_overrides(list(words))


def _distribution(key: str, override: Override) -> BaseDistribution:
    value = override.value()
    tags = value.tags if isinstance(value, Sweep) else set()
    if unknown := sorted(tags - _TAGS):
        raise BnerError(f"{key} has the tag {unknown[0]}, which a search does not know: use log or int.")
    if isinstance(value, ChoiceSweep) and any(isinstance(each, Sweep) for each in value.list):
        raise BnerError(f"{key} is given values and an interval: give it one or the other.")
    if isinstance(value, IntervalSweep):
        assert value.start is not None
        assert value.end is not None
        whole = "int" in tags or (isinstance(value.start, int) and isinstance(value.end, int))
        return _interval(key, value.start, value.end, whole, "log" in tags)
    numbers = value.range() if isinstance(value, RangeSweep) else None
    if isinstance(numbers, range) and len(numbers) > 1:
        return IntDistribution(min(numbers), max(numbers), step=abs(numbers.step), log=False)
    choices = list(dict.fromkeys(override.sweep_string_iterator()))
    if len(choices) < 2:
        raise BnerError(f"{key} has {len(choices)} value to choose from: give it several, or none but one word.")
    return CategoricalDistribution(choices)


def _interval(key: str, low: float, high: float, whole: bool, log: bool) -> BaseDistribution:
    if not low < high:
        raise BnerError(f"{key} has the interval {low:g} to {high:g}: give its lower end first.")
    if log and low <= 0:
        raise BnerError(f"{key} has the interval {low:g} to {high:g} with the tag log: begin it above 0.")
    if whole:
        return IntDistribution(round(low), round(high), log=log)
    return FloatDistribution(low, high, log=log)


def _text(value: Any, distribution: BaseDistribution) -> str:
    if isinstance(distribution, FloatDistribution):
        rounded = float(f"{value:.{_DIGITS}g}")
        return repr(rounded if distribution.low <= rounded <= distribution.high else float(value))
    return str(value)


def _first(distribution: BaseDistribution) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[0]
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    return distribution.low
