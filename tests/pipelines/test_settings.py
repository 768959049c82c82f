from __future__ import annotations

import re
from pathlib import Path

import pytest

from hybridmfp.errors import SettingsError
from hybridmfp.pipelines import Settings, read_settings, settings_as_toml


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, "[alignment]\nband = 0.2\n"))

    assert settings.alignment.band == 0.2
    assert read_settings(written(tmp_path, settings_as_toml(settings))) == settings


def test_what_is_not_named_keeps_its_default(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path, "")) == Settings()


def test_the_documented_defaults_are_the_defaults(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = re.search(r"```toml\n(.*?)```", page, re.DOTALL)

    assert documented is not None
    assert read_settings(written(tmp_path, documented[1])) == Settings()
    for line in settings_as_toml(Settings()).splitlines():
        if not line.startswith((" ", "]")):  # what continues a list
            assert line.split(" = ")[0] in documented[1]


def test_a_whole_number_will_do_where_any_number_is_wanted(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, "[digest.emg]\nlow_hz = 15\n"))

    assert settings.digest.emg.low_hz == 15.0
    assert isinstance(settings.digest.emg.low_hz, float)


def test_words_tables_and_lists_of_networks_are_read_back(tmp_path: Path) -> None:
    text = """
        [fusion.network]
        width = 32
        fusion = "gated"
        temporal = "recurrent"
        align = false
        [fusion.training]
        start = "scratch"
        n_epochs = 3
        mixup = 0
        auxiliary = ["severity", "side"]
        [hybrid]
        n_folds = 3
    """

    settings = read_settings(written(tmp_path, text))

    network, training = settings.fusion.network, settings.fusion.training
    assert (network.width, network.fusion, network.temporal) == (32, "gated", "recurrent")
    assert network.align is False
    assert (training.start, training.n_epochs, training.mixup) == ("scratch", 3, 0.0)
    assert training.auxiliary == ("severity", "side")
    assert settings.hybrid.n_folds == 3
    assert settings.ensemble == Settings().ensemble
    assert read_settings(written(tmp_path, settings_as_toml(settings))) == settings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[alignmnt]\nband = 0.1", "Did you mean 'alignment'"),
        ("[alignment]\nbnad = 0.1", "Did you mean 'band'"),
        ("alignment = 3", r"must be a table, \[alignment\]"),
        ("[alignment]\nband = 'wide'", "band in .* must be float; got 'wide'"),
        ("[alignment]\nmax_iterations = true", "max_iterations in .* must be int; got True"),
        ("[alignment]\nband = 0.0", "band must be above 0 and at most 1; got 0"),
        ("[alignment]\nmax_iterations = 0", "max_iterations must be at least 1"),
        ("[digest]\nonset_share = 1.5", "onset_share must be between 0 and 1; got 1.5"),
        ("[digest]\nn_points = 2", "n_points must be at least 11"),
        ("[digest.motion]\ncutoff_hz = -1.0", "cutoff_hz must be positive"),
        ("[digest.motion]\nlongest_gap_s = -1.0", "longest_gap_s must be 0 or more"),
        ("[digest.motion]\nstart_s = 0.0", "start_s must be positive"),
        ("[digest.envelope]\ncutoff_hz = 0.0", "cutoff_hz must be positive"),
        ("[digest.emg]\nlow_hz = 500.0", "low_hz must be between 0 and high_hz=450"),
        ("[ensemble]\nl1_ratio = 0.0", "l1_ratio must be above 0 and at most 1"),
        ("[ensemble]\nexplained = 1.0", "explained must be between 0 and 1"),
        ("[ensemble]\nn_folds = 1", "n_folds must be at least 2"),
        ("[ensemble]\nshrinkage = -0.1", "shrinkage must be 0 or more"),
        (
            "[fusion.network]\nfusion = 'crossed'",
            r"\[fusion\] \[network\] must be one of cross, concat, gated, late; got 'crossed'",
        ),
        ("[fusion.network]\ntemporal = 3", "must be one of attention, recurrent; got 3"),
        ("[fusion.training]\nstart = 'real'", "must be one of simulated, scratch; got 'real'"),
        ("[fusion.training]\nstart = ['scratch']", r"simulated, scratch; got \['scratch'\]"),
        (
            "[fusion.training]\nauxiliary = ['severity', 'tsk']",
            "auxiliary in .* must be one of severity, task, side, group; got 'tsk'",
        ),
        ("[fusion.training]\nauxiliary = 'task'", r"must be a list, \[...\]; got 'task'"),
        ("[fusion.training]\nepochs = 3", "Did you mean 'n_epochs'"),
        ("[fusion.netwrk]\nwidth = 32", "Did you mean 'network'"),
        ("[fusion]\nnetwork = 'big'", r"network in .* must be a table, \[network\]"),
        ("[fusion.network]\nwidth = 30", "width must be a multiple of 2 n_heads=8.*; got 30"),
        ("[fusion.network]\nalign = 1", "align in .* must be bool; got 1"),
        ("[fusion.network]\ndropout = 1.0", "dropout must be from 0 to below 1; got 1"),
        ("[fusion.training]\nn_epochs = 0", "n_epochs must be at least 1"),
        ("[fusion.training]\nmasked_epochs = -1", "masked_epochs must be 0 or more"),
        ("[fusion.training]\nlearning_rate = 0", "learning_rate must be positive"),
        ("[digest]\nn_network_points = 18", "n_network_points must be 16, 20, 24"),
        ("[hybrid]\nn_folds = 1", "n_folds must be at least 2"),
        ("[hybrid]\nshrinkage = -1", "shrinkage must be 0 or more"),
        ("not toml", "must be TOML"),
    ],
)
def test_wrong_settings_are_refused_with_the_rule(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_settings(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="must exist"):
        read_settings(tmp_path / "nowhere.toml")
