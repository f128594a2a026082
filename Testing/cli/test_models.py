"""``segment-l3 models``: what it prints, and how it ends."""

import shutil
import zipfile

import pytest

from models.packages import write_segmenter
from SegmentL3Lib import cli


@pytest.fixture
def package(tmp_path):
    return write_segmenter(tmp_path / "tiny")


@pytest.fixture
def models(tmp_path):
    """Function that runs an action on a models folder; returns the exit code."""
    folder = tmp_path / "store"

    def run(*arguments):
        return cli.main(["models", *map(str, arguments), "--models-dir", str(folder)])

    run.folder = folder
    return run


def test_an_empty_folder_says_how_to_import(models, capsys):
    assert models("list") == 0
    assert "segment-l3 models import" in capsys.readouterr().out


def test_an_import_tells_what_came_in(models, package, capsys):
    assert models("import", package) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    for fragment in ("Tiny-segmenter", "MONAI bundle", "CT", "liver, kidney_left", "Apache-2.0", "1.2.3", "sha256 "):
        assert fragment in printed.out


def test_the_list_tells_all_a_user_recognizes_a_model_by(models, package, capsys):
    models("import", package)
    capsys.readouterr()
    assert models("list") == 0
    printed = capsys.readouterr().out
    for fragment in ("Tiny-segmenter", "Tiny segmenter", "MONAI bundle", "CT", "liver", "Apache-2.0", "0.0 MB"):
        assert fragment in printed


def test_the_list_tells_why_a_model_cannot_be_used(models, package, capsys):
    models("import", package)
    shutil.copytree(package, models.folder / "broken")
    (models.folder / "broken" / "models" / "model.pt").write_bytes(b"x")
    capsys.readouterr()
    assert models("list") == 0
    printed = capsys.readouterr().out
    assert "broken\n    cannot be used: " in printed
    assert "Tiny segmenter" in printed


def test_a_second_import_is_refused_with_5(models, package, capsys):
    models("import", package)
    assert models("import", package) == 5
    assert "already" in capsys.readouterr().err


def test_a_dangerous_zip_file_is_refused_with_5_and_leaves_nothing(models, tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("../evil.json", "{}")
    assert models("import", tmp_path / "evil.zip") == 5
    printed = capsys.readouterr()
    assert "leads out of its folder" in printed.err
    assert "Traceback" not in printed.err
    assert list(models.folder.iterdir()) == []
    assert not (tmp_path / "evil.json").exists()


def test_a_model_is_removed(models, package, capsys):
    models("import", package)
    assert models("remove", "Tiny-segmenter") == 0
    capsys.readouterr()
    models("list")
    assert "Tiny" not in capsys.readouterr().out


@pytest.mark.parametrize("action", ["remove", "check"])
def test_a_model_that_is_not_there_exits_with_2(models, action, capsys):
    assert models(action, "absent") == 2
    assert '"absent"' in capsys.readouterr().err


def test_names_in_a_package_do_not_steer_the_terminal(models, tmp_path, capsys):
    package = write_segmenter(tmp_path / "odd", structures=("liver\x1b[2J", "spleen"), name="Odd \x1b]0;title\x07")
    assert models("import", package) == 0
    assert models("list") == 0
    printed = capsys.readouterr()
    assert "\x1b" not in printed.out + printed.err
    assert "liver?[2J" in printed.out


def test_the_variable_names_the_folder(package, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SEGMENTL3_MODELS", str(tmp_path / "elsewhere"))
    assert cli.main(["models", "import", str(package)]) == 0
    assert (tmp_path / "elsewhere" / "Tiny-segmenter").is_dir()


def test_a_check_loads_and_tries_the_models(models, package, capsys):
    models("import", package)
    capsys.readouterr()
    assert models("check") == 0
    assert "Tiny-segmenter: in order; tried on a small image" in capsys.readouterr().out


def test_a_check_names_the_damaged_and_exits_with_5(models, package, capsys):
    models("import", package)
    weights = models.folder / "Tiny-segmenter" / "models" / "model.pt"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert models("check", "Tiny-segmenter") == 5
    printed = capsys.readouterr()
    assert "1 of 1 models cannot be used: Tiny-segmenter" in printed.err


@pytest.mark.parametrize("arguments", [[], ["dance"], ["import"], ["remove"], ["list", "more"]])
def test_wrong_usage_exits_with_2(arguments, capsys):
    assert cli.main(["models", *arguments]) == 2
    assert "usage" in capsys.readouterr().err
