"""The tests of the example domain: first the parts, then a short run."""

import asi_evolve as ae
import numpy as np
import pytest
from asi_evolve_denoise.programs import read_blocks, seed_source
from asi_evolve_denoise.scoring import score_signals
from asi_evolve_denoise.signals import make_signals


# -- start load
def test_the_plugin_loads_and_its_domain_fits_together():
    from asi_evolve.plugins import load_plugins

    plugins = load_plugins("asi_evolve_denoise")
    assert plugins.domain.name == "denoise"
    assert list(plugins.samplers) == ["tournament"]
    # -- end load


# -- start inputs
def test_inputs_depend_on_the_seed_alone():
    first, again, other = (make_signals(seed, count=4, noise=0.3) for seed in (7, 7, 8))
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])
    # -- end inputs


# -- start bad-data
@pytest.mark.parametrize("denoised", [None, "text", np.zeros(3), np.full((4, 256), np.nan), [[0.0] * 256] * 4])
def test_the_scorer_answers_bad_data_without_raising(denoised):
    clean, noisy = make_signals(7, count=4, noise=0.3)
    score = score_signals({"denoised": denoised}, clean, noisy)
    assert not score.valid
    assert score.value is None
    assert score.feedback
    # -- end bad-data


# -- start known-scores
def test_the_scorer_gives_known_values():
    clean, noisy = make_signals(7, count=4, noise=0.3)
    assert score_signals({"denoised": noisy}, clean, noisy).value == pytest.approx(0.0)
    halfway = clean + (noisy - clean) / 10
    assert score_signals({"denoised": halfway}, clean, noisy).value == pytest.approx(20.0)
    # -- end known-scores


# -- start blocks
@pytest.mark.parametrize("block", read_blocks(), ids=lambda block: block.name)
def test_each_block_works_in_the_sandbox(block):
    from asi_evolve.sandbox import Sandbox

    source = "\n".join([*block.imports, block.source])
    signal = make_signals(7, count=1, noise=0.3)[1][0]
    arguments = (signal,) if block.slot == "noise_level" else (signal, 0.3)
    with Sandbox(libraries=("numpy",)) as box:
        outcome = box.call(source, block.slot if block.slot == "noise_level" else block.name, *arguments)
    assert outcome.status == "ok", outcome.error
    assert np.isfinite(outcome.value).all()
    # -- end blocks


# -- start run
def test_a_short_run_beats_its_baseline(tmp_path):
    run = ae.run("asi_evolve_denoise", rounds=5, seed=1, workers=1, db=tmp_path / "runs.duckdb")
    assert run.outcome.exit_code == 0, run.outcome.reason
    baseline = run.experiment(f"{run.run_id}.b0")
    assert run.best().value > baseline.value
    # -- end run


# -- start same-seed
def test_the_same_seed_gives_the_same_run(tmp_path):
    def programs(name):
        run = ae.run("asi_evolve_denoise", rounds=2, seed=3, workers=1, db=tmp_path / name, run__stage="explore")
        return [dict(run.experiment(n).candidate.files) for n in range(1, 3)]

    assert programs("a.duckdb") == programs("b.duckdb")
    # -- end same-seed


def test_the_seed_program_is_its_source():
    assert "STEPS = [moving_average]" in seed_source()
