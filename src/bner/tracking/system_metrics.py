"""System metrics of a run: processor, memory, disk, network and GPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor


class SystemMonitor(SystemMetricsMonitor):
    """MLflow's monitor of system metrics, which continues where the store does not answer.

    MLflow's own stops for good at the first error.

    Args:
        run_id: the run; the step of its system metrics continues from the last one.
        uri: the store's address.
        send: takes metrics and their step; called from the monitor's thread.
    """

    def __init__(self, run_id: str, uri: str, send: Callable[[Mapping[str, float], int], None]) -> None:
        super().__init__(run_id, resume_logging=True, tracking_uri=uri)
        self._send = send

    def monitor(self) -> None:
        """Sample and send until the run ends."""
        while True:
            for _ in range(self.samples_before_logging):
                self.collect_metrics()
                if self._shutdown_event.wait(self.sampling_interval):
                    return
            self.publish_metrics(self.aggregate_metrics())

    def publish_metrics(self, metrics: Mapping[str, float]) -> None:
        """Send metrics under the names that the MLflow UI expects."""
        prefix = f"{self._metrics_prefix}{self.node_id}/" if self.node_id else self._metrics_prefix
        self._send({f"{prefix}{name}": value for name, value in metrics.items()}, self._logging_step)
        self._logging_step += 1
        for monitor in self.monitors:
            monitor.clear_metrics()
