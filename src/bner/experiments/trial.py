"""The run of a trial of a search: it reports its dev F1 after each epoch, and ends where the study prunes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bner.config.schema import Settings
from bner.experiments.build import LAST
from bner.experiments.fit import best_dev_f1, fit
from bner.tracking.runs import Stopped, TrackedRun
from bner.tracking.tags import COMPLETE, PRUNED, STATE, trial_tags
from bner.training.data_module import TaggingData
from bner.training.lightning_module import TaggerModule
from bner.training.pruning import Pruning

if TYPE_CHECKING:
    from optuna.trial import Trial

RUN_ATTRIBUTE, PRUNED_ATTRIBUTE = "run", "pruned"  # of the trial in its study: its MLflow run, whether it was pruned


@dataclass(frozen=True)
class RunTrial:
    """The trial of a study that a run carries out.

    Attributes:
        trial: Optuna's.
        reported: epochs whose dev F1 the study has already, of a run that was interrupted.
    """

    trial: Trial
    reported: int

    def note_run(self, run_id: str) -> None:
        """Tell the study which MLflow run carries the trial out."""
        self.trial.set_user_attr(RUN_ATTRIBUTE, run_id)

    def note_pruned(self) -> None:
        """Tell the study that the run has ended since the trial was pruned."""
        self.trial.set_user_attr(PRUNED_ATTRIBUTE, True)

    def fit(self, settings: Settings, run: TrackedRun, data: TaggingData, module: TaggerModule) -> None:
        """Train as `bner.experiments.fit.fit` does, unless the study prunes the trial.

        Raises:
            Stopped: the trial was pruned, now or before the search was stopped.
            KeyboardInterrupt: training was interrupted.
        """
        self.note_run(run.id)
        pruned, tags = trial_tags(settings, PRUNED), run.tags()
        if all(tags.get(tag) == value for tag, value in pruned.items()):
            raise Stopped
        run.set_tags(trial_tags(settings))  # a run that another search pruned is trained again
        pruning = Pruning(self.trial, self.reported)
        fit(settings, run, data, module, [pruning])
        if pruning.pruned:
            run.log_metrics({"dev/best_f1": best_dev_f1(run.store.folder / run.id / LAST)})
            run.set_tags(pruned)
            raise Stopped
        run.set_tags({STATE: COMPLETE})


def trial_of(settings: Settings) -> RunTrial | None:
    """Return the trial that a run carries out, None where it belongs to no search.

    Raises:
        BnerError: the study's database cannot be opened, or has no such trial that is to be carried out.
    """
    if settings.tracking.study is None or settings.tracking.trial is None:
        return None
    from bner.experiments.study import open_trial  # imports Optuna, which takes seconds

    return RunTrial(*open_trial(settings, settings.tracking.study, settings.tracking.trial))
