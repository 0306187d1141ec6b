"""The MLflow UI in a browser: a sweep's runs found by their tags, two of them compared by curve and table."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mlflow.entities import Run
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.report.test_compare import made_run
from tests.system.test_runs import FAST, environment, runs, sweep_command
from tests.system.test_stores import free_port

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FILTER = "tags.paper.table LIKE '%table4%' AND tags.variant.decoder = 'crf'"  # as the README has it
EPOCHS = 3


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=2200,1400"):
        options.add_argument(word)
    options.add_argument(f"--user-data-dir={tmp_path}/browser")
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield started
    finally:
        started.quit()


@contextmanager
def served(mlruns: Path, *more: str, said: str = "runs on sample") -> Iterator[str]:
    """The address that `bner ui` prints for the runs on the sample, or for what else its line says, while it serves."""
    words = [str(Path(sys.executable).with_name("bner")), "ui", "--mlruns", str(mlruns), "--port", str(free_port())]
    words += more
    log = mlruns / "ui.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            words, env=environment(), stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
        )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        while lines[-1] and not lines[-1].startswith(said):
            lines.append(process.stdout.readline())
        line = lines[-1]
        assert line.startswith(f"{said}: http://127.0.0.1:"), "".join(lines) + log.read_text()
        yield line.split(": ", 1)[1].strip()
        assert "Warning" not in log.read_text()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def waited(browser: webdriver.Chrome, what: str, *words: str, seconds: float = 60) -> list[WebElement]:
    """The elements that a selector finds, once there are some and the page has all of the words."""

    def ready(_: object) -> list[WebElement]:
        found = browser.find_elements(By.CSS_SELECTOR, what)
        text = browser.find_element(By.TAG_NAME, "body").text
        return found if all(word in text for word in words) else []

    try:
        return list(WebDriverWait(browser, seconds).until(ready))
    except Exception as error:
        text = browser.find_element(By.TAG_NAME, "body").text
        raise AssertionError(f"{what} with {words} did not come: {browser.current_url}\n{text}") from error


def opened(browser: webdriver.Chrome, address: str) -> None:
    """Opens a page of a server that may still be starting."""

    def shown(_: object) -> bool:
        browser.get(address)
        return "MLflow" in browser.title

    WebDriverWait(browser, 60, ignored_exceptions=[Exception]).until(shown)


def followed(browser: webdriver.Chrome, text: str) -> None:
    """Clicks the link of a note whose text begins so; MLflow opens the links of notes in new tabs."""
    tabs = len(browser.window_handles)
    (link,) = (a for a in waited(browser, "a", text) if a.text.startswith(text))
    browser.execute_script("arguments[0].click()", link)
    WebDriverWait(browser, 60).until(lambda _: len(browser.window_handles) > tabs)
    browser.switch_to.window(browser.window_handles[-1])


def same_figures(text: str, run: Run, metric: str) -> None:
    """MLflow's comparison shows three decimals."""
    assert f"{run.data.metrics[metric]:.3f}".rstrip("0") in text, (metric, run.data.metrics[metric], text)


@pytest.mark.skipif(not (BROWSER and DRIVER), reason="no browser: apt-get install chromium chromium-driver")
def test_a_sweep_in_the_ui(tmp_path: Path, browser: webdriver.Chrome) -> None:
    words = ("experiment=table4", *FAST, f"trainer.max_epochs={EPOCHS}", "seed=1,2")
    subprocess.run(sweep_command(tmp_path, *words), env=environment(), capture_output=True, check=True)
    chosen = [run for run in runs(tmp_path) if run.data.tags.get("variant.decoder") == "crf"]
    assert len(chosen) == 2
    every = [run for run in runs(tmp_path) if "variant.name" in run.data.tags]
    (parent,) = (run for run in runs(tmp_path) if run not in every and run.data.tags.get("kind") == "sweep")

    with served(tmp_path) as address:
        # The view of the sample's runs: variants before scores, the best dev F1 first, without the sweep's parent.
        opened(browser, address)
        waited(browser, ".ag-row", "4 matching runs")
        headers = {header.get_attribute("col-id") for header in browser.find_elements(By.CSS_SELECTOR, "[col-id]")}
        assert {"metrics.`dev/best_f1`", "metrics.`test/official_f1`", "tags.`variant.embedding`"} <= headers
        places = {
            header.get_attribute("col-id"): header.location["x"]
            for header in browser.find_elements(By.CSS_SELECTOR, ".ag-header-cell")
        }
        assert places["tags.`variant.embedding`"] < places["params.`seed`"] < places["metrics.`dev/best_f1`"]
        order = [row.text for row in browser.find_elements(By.CSS_SELECTOR, "[col-id='metrics.`dev/best_f1`'].ag-cell")]
        assert order == sorted(order, reverse=True)
        assert {f"{run.data.metrics['dev/best_f1']:.4f}" for run in every} == {f"{float(value):.4f}" for value in order}

        # The filter string of the README finds the runs of one row of Table 4.
        (search,) = waited(browser, "[data-test-id=search-box], [data-testid=search-box], input[placeholder*=metrics]")
        search.send_keys(Keys.CONTROL, "a")
        search.send_keys(FILTER, Keys.ENTER)
        waited(browser, ".ag-row", "2 matching runs", *(run.info.run_name for run in chosen))

        # Both of them compared: the table has the metrics and says what differs.
        for box in waited(browser, ".ag-row .ag-selection-checkbox input"):
            box.click()
        (compare,) = (button for button in waited(browser, "button", "Compare") if button.text == "Compare")
        compare.click()
        waited(browser, "table.mlflow-compare-table", "Comparing 2 Runs", *(run.info.run_id for run in chosen))
        waited(browser, ".js-plotly-plot svg", "Parallel Coordinates Plot", "Metrics:\ndev/f1")  # first what matters
        text = browser.find_element(By.TAG_NAME, "body").text
        for run in chosen:
            same_figures(text, run, "test/official_f1")
            same_figures(text, run, "dev/best_f1")

        # From there the learning curves of both, an epoch a point.
        (link,) = (a for a in waited(browser, "a") if (a.get_attribute("textContent") or "").strip() == "dev/f1")
        browser.execute_script("arguments[0].click()", link)
        waited(browser, ".js-plotly-plot .scatterlayer .trace", *(run.info.run_name for run in chosen))
        curves = browser.execute_script(
            "return document.querySelector('.js-plotly-plot').data.map(line => [line.name, Array.from(line.y)])"
        )
        names = {run.info.run_name: run for run in chosen}
        assert {name for name, _ in curves} == set(names)
        for name, values in curves:
            assert len(values) == EPOCHS
            assert values[-1] == pytest.approx(names[name].data.metrics["dev/f1"])

        # A run's page: who and what made it, on which data, and its scores before its coverage.
        base, run = address.partition("/#/")[0], chosen[0]
        page = f"{base}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"
        browser.get(f"{page}?workflowType=machine_learning")
        waited(browser, "table, [role=table]", "train.py", "Logged models (1)", "sample train (", "dev/f1")
        text = browser.find_element(By.TAG_NAME, "body").text
        assert text.index("dev/f1") < text.index("test/official_f1") < text.index("vectors/")
        browser.get(f"{page}/model-metrics")
        waited(browser, ".js-plotly-plot", "best_f1", "official_f1")
        text = browser.find_element(By.TAG_NAME, "body").text
        assert text.index("best_f1") < text.index("official_f1") < text.index("vectors")
        browser.get(f"{page}/artifacts/predictions/preview.txt")
        waited(browser, "pre, code", "test.eval:", "SAMPLE")

        # The sweep's page opens with the ranking of its variants.
        browser.get(f"{base}/#/experiments/{run.info.experiment_id}/runs/{parent.info.run_id}")
        waited(browser, "table", "by mean dev F1 over seeds", run.data.tags["variant.name"])


@pytest.mark.skipif(not (BROWSER and DRIVER), reason="no browser: apt-get install chromium chromium-driver")
def test_tests_of_significance_in_the_ui(tmp_path: Path, browser: webdriver.Chrome) -> None:
    pair = [made_run(tmp_path, name, share, 1, corpus="sample") for name, share in (("weak", 0.4), ("strong", 0.8))]
    bner = str(Path(sys.executable).with_name("bner"))
    called = [bner, "compare", *pair, "--mlruns", str(tmp_path), "--resamples", "200"]
    subprocess.run(called, env=environment(), capture_output=True, check=True)
    every = {run.info.run_id: run for run in runs(tmp_path)}
    tests = [run for run in every.values() if run.data.tags.get("kind") == "significance"]
    assert len(tests) == 6

    with served(tmp_path, said="tests of significance") as address:
        # From a compared run's page its note leads to a test, and from there back to the other run.
        compared = every[pair[0]].info
        opened(browser, f"{address.partition('/#/')[0]}/#/experiments/{compared.experiment_id}/runs/{pair[0]}")
        note = browser.current_window_handle
        waited(browser, "a", "Tests of significance", "beside strong")
        followed(browser, "bootstrap, official")
        waited(browser, "a", "paired bootstrap, official: strong - weak", "p_corrected", "The compared runs:")
        followed(browser, "strong")
        waited(browser, "a", pair[1], "beside weak")

        # All tests of a run are one click away, too.
        browser.switch_to.window(note)
        followed(browser, "all")
        waited(browser, ".ag-row, tr", "6 matching runs")

    # The view of the tests: names, corpus, rule, test and unit before effect, interval and p.
    with served(tmp_path, "--experiment", "bner-significance", said="tests of significance") as address:
        opened(browser, address)
        waited(browser, ".ag-row", "6 matching runs", "weak", "strong", "20 blocks of sentences")
        places = {
            header.get_attribute("col-id"): header.location["x"]
            for header in browser.find_elements(By.CSS_SELECTOR, ".ag-header-cell")
        }
        columns = [
            "params.`first_name`", "params.`second_name`", "params.`corpus`", "params.`rule`", "params.`test`",
            "params.`unit`", "metrics.`effect`", "metrics.`low`", "metrics.`high`", "metrics.`p`",
            "metrics.`p_corrected`",
        ]  # fmt: skip
        assert sorted(columns, key=lambda column: places[column]) == columns
