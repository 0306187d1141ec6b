"""The trials of a study as a table, its best trial, and how much each setting matters."""

from __future__ import annotations

import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from bner.experiments.space import Space
from bner.experiments.study import SAME_ATTRIBUTE
from bner.experiments.trial import RUN_ATTRIBUTE
from bner.tracking.tags import COMPLETE, PRUNED
from bner.tracking.trials import COLUMNS

_FEWEST = 10  # completed trials that an importance is computed from


def trial_table(study: optuna.Study, space: Space) -> pd.DataFrame:
    """List the trials that ended or were pruned, the best dev F1 first.

    Returns:
        One row a trial with the columns of `bner.tracking.trials` and one for each setting; the dev F1 is that of the
        best epoch, as a fraction.
    """
    rows = []
    for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)):
        words = space.words(trial.params)
        complete = trial.state == TrialState.COMPLETE
        same = trial.user_attrs.get(SAME_ATTRIBUTE)
        row = {
            "trial": trial.number,
            "state": (COMPLETE if complete else PRUNED) + ("" if same is None else f", as {same}"),
            "dev_f1": trial.value if complete else max(trial.intermediate_values.values(), default=float("nan")),
            "epochs": len(trial.intermediate_values),
            "settings": " ".join(words),
            "run": trial.user_attrs.get(RUN_ATTRIBUTE),
        }
        rows.append(row | dict(word.split("=", 1) for word in words))
    table = pd.DataFrame(rows, columns=[*COLUMNS, *space.distributions])
    return table.sort_values(["dev_f1", "trial"], ascending=[False, True], ignore_index=True)


def best_trial(study: optuna.Study) -> FrozenTrial | None:
    """Return the completed trial with the best dev F1, None where there is none."""
    ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return max(ended, key=lambda trial: (trial.value or 0.0, -trial.number), default=None)


def importances(study: optuna.Study) -> dict[str, float]:
    """Return each setting's share in what tells good trials from others (PED-ANOVA, Watanabe et al. 2023).

    None for fewer than ten completed trials, which say little, and for trials that are all equally good.
    """
    ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(ended) < _FEWEST or len({trial.value for trial in ended}) == 1:
        return {}
    return dict(optuna.importance.get_param_importances(study))
