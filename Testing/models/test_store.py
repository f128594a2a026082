"""Models are imported whole or not at all, recognized again, listed and removed."""

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from models.nnunet_packages import configuration, plans, write_result
from models.packages import edit_json, write_segmenter
from SegmentL3Lib.errors import InputError, ModelError, UsageError
from SegmentL3Lib.models import reader
from SegmentL3Lib.models import store as store_module
from SegmentL3Lib.models.store import ModelStore
from SegmentL3Lib.models_folder import default_models_folder


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "store")


@pytest.fixture
def package(tmp_path):
    """A tiny MONAI bundle."""
    return write_segmenter(tmp_path / "tiny")


def zipped(folder: Path, archive: Path, inside: str = "") -> Path:
    """Zip file of a folder's content, below ``inside``."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, f"{inside}{path.relative_to(folder).as_posix()}")
    return archive


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def hidden(store) -> list[str]:
    """What an import leaves besides models and records."""
    return [path.name for path in store.folder.iterdir() if path.name.startswith(".") and path.name != ".records"]


@pytest.fixture
def inspections(monkeypatch):
    """Names of the packages that are read completely, in their order."""
    seen, inspect = [], reader.inspect_package

    def noted(path):
        seen.append(Path(path).name)
        return inspect(path)

    monkeypatch.setattr(reader, "inspect_package", noted)
    return seen


def test_a_store_that_is_not_there_is_empty(store):
    assert store.list() == ()
    assert not store.folder.exists()


def test_a_folder_is_imported_and_listed(store, package):
    info = store.add(package)
    assert store.list() == (info,)
    assert info.error is None
    assert info.kind == "MONAI bundle"
    assert info.version == "1.2.3"
    assert len(info.sha256) == 64
    assert files_of(store.path(info.identifier)) == files_of(package)
    assert hidden(store) == []


@pytest.mark.parametrize("inside", ["", "tiny/", "wrapped/tiny/", "a\\b\\"], ids=["flat", "one", "two", "Windows"])
def test_a_zip_file_is_imported_from_whatever_folder_in_it(store, package, tmp_path, inside):
    info = store.add(zipped(package, tmp_path / "tiny.zip", inside))
    assert files_of(store.path(info.identifier)) == files_of(package)


@pytest.fixture
def result(tmp_path):
    """An nnU-Net v2 result folder within that of its data set."""
    return write_result(tmp_path / "Dataset004_Hippocampus", folds=(0, 1))


@pytest.mark.parametrize("form", ["result folder", "data set folder", "zip", "zip of the data set"])
def test_an_nnunet_folder_is_imported_in_every_form(store, result, tmp_path, form):
    (result / "fold_0" / "validation").mkdir()
    (result / "fold_0" / "validation" / "case.nii.gz").write_bytes(b"large")
    (result / "postprocessing.pkl").write_bytes(b"code")
    source = result if form == "result folder" else result.parent
    if form == "zip":
        source = zipped(result, tmp_path / "model.zip", f"{result.name}/")
    elif form == "zip of the data set":
        source = zipped(result.parent, tmp_path / "model.zip", f"{result.parent.name}/")
    info = store.add(source)
    assert info.error is None
    assert info.kind == "nnU-Net v2 result folder"
    assert info.identifier.endswith("-3d_fullres")
    kept = {f"{result.name}/{name}" for name in ("plans.json", "dataset.json")}
    kept |= {f"{result.name}/fold_{fold}/checkpoint_final.pth" for fold in (0, 1)}
    assert files_of(store.path(info.identifier)) == kept
    assert store.check(info.identifier) == info


def test_two_configurations_of_a_data_set_are_told_apart(store, result, tmp_path):
    flat = write_result(tmp_path / "more", plans(**{"2d": configuration(2)}), name="2d")
    first, second = store.add(result), store.add(flat)
    assert first.title == second.title
    assert first.identifier.removesuffix("3d_fullres") == second.identifier.removesuffix("2d")


def test_scripts_of_a_package_are_left_behind(store, package):
    (package / "scripts").mkdir()
    (package / "scripts" / "net.py").write_text("raise SystemExit")
    info = store.add(package)
    assert not (store.path(info.identifier) / "scripts").exists()


def test_the_same_weights_are_recognized_under_another_name(store, package, tmp_path):
    first = store.add(package)
    again = zipped(package, tmp_path / "other name.zip", "other/")
    with pytest.raises(ModelError, match=f'already, as "{first.identifier}"'):
        store.add(again)
    assert len(store.list()) == 1
    assert hidden(store) == []


def test_other_weights_of_the_same_title_get_a_name_of_their_own(store, package, tmp_path):
    first = store.add(package)
    second = store.add(write_segmenter(tmp_path / "other", width=3))
    assert first.title == second.title
    assert second.identifier == f"{first.identifier}-2"


@pytest.mark.parametrize("damage", ["no weights", "no configuration", "weights cut short"])
def test_a_damaged_package_leaves_nothing_behind(store, package, damage):
    weights = package / "models" / "model.pt"
    if damage == "no weights":
        weights.unlink()
    elif damage == "no configuration":
        (package / "configs" / "inference.json").unlink()
    else:
        weights.write_bytes(weights.read_bytes()[:-200])
    with pytest.raises(ModelError):
        store.add(package)
    assert store.list() == ()
    assert list(store.folder.iterdir()) == []


def test_an_interrupted_import_leaves_nothing_behind(store, package, monkeypatch):
    def interrupt(_path):
        raise KeyboardInterrupt

    monkeypatch.setattr(reader, "inspect_package", interrupt)
    with pytest.raises(KeyboardInterrupt):
        store.add(package)
    assert list(store.folder.iterdir()) == []


def test_what_a_killed_import_left_is_cleared_later(store, package):
    for name, age in ((".importing-old", 2 * 86400), (".importing-new", 60), (".removed-1-x", 2 * 86400)):
        folder = store.folder / name
        folder.mkdir(parents=True)
        then = os.stat(folder).st_mtime - age
        os.utime(folder, (then, then))
    store.add(package)
    assert hidden(store) == [".importing-new"]


def test_a_missing_path_is_said(store, tmp_path):
    with pytest.raises(ModelError, match="no file or folder"):
        store.add(tmp_path / "absent.zip")
    assert not store.folder.exists()


def test_a_folder_that_is_no_package_is_refused_before_it_is_copied(store, tmp_path, monkeypatch):
    (tmp_path / "Documents" / "letters").mkdir(parents=True)
    (tmp_path / "Documents" / "notes.txt").write_text("x")
    monkeypatch.setattr(store_module, "copy_folder", None)
    with pytest.raises(ModelError, match="Documents is no model package"):
        store.add(tmp_path / "Documents")
    assert not store.folder.exists()


def test_a_package_without_a_title_is_named_after_its_file(store, package, tmp_path):
    edit_json(package / "configs" / "metadata.json", lambda content: content.pop("name"))
    assert store.add(zipped(package, tmp_path / "spleen ct v0.5.zip")).identifier == "spleen-ct-v0.5"


def test_a_store_that_cannot_be_written_is_said(package):
    with pytest.raises(InputError, match="Cannot write"):
        ModelStore("/dev/null/store").add(package)


def test_a_list_does_not_read_the_weights_again(store, package, inspections):
    store.add(package)
    assert len(inspections) == 1
    ModelStore(store.folder).list()
    assert len(inspections) == 1


def test_a_changed_file_is_read_again(store, package, inspections):
    identifier = store.add(package).identifier
    edit_json(store.path(identifier) / "configs" / "metadata.json", lambda content: content.update(version="9"))
    assert store.list()[0].version == "9"
    assert len(inspections) == 2


def test_a_model_copied_into_the_folder_by_hand_is_listed(store, package):
    shutil.copytree(package, store.folder / "by hand")
    (info,) = store.list()
    assert (info.identifier, info.error) == ("by hand", None)


def test_a_folder_without_room_for_records_is_listed(store, package):
    shutil.copytree(package, store.folder / "shared")
    (store.folder / ".records").write_text("in the way of the folder of records")
    assert store.list()[0].error is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": "", "info": {"identifier": 3}}'])
def test_a_damaged_record_is_not_believed(store, package, content):
    info = store.add(package)
    (store.folder / ".records" / f"{info.identifier}.json").write_text(content)
    assert store.list() == (info,)


def test_damaged_models_are_listed_with_the_reason_beside_sound_ones(store, package):
    sound = store.add(package)
    broken = store.folder / "Broken"
    shutil.copytree(package, broken)
    (broken / "models" / "model.pt").write_bytes(b"not weights")
    (store.folder / "empty").mkdir()
    infos = {info.identifier: info for info in store.list()}
    assert list(infos) == sorted(infos, key=str.casefold)
    assert infos[sound.identifier].error is None
    assert "model.pt" in infos["Broken"].error
    assert infos["Broken"].size_bytes > 0
    assert infos["empty"].error


def test_a_package_that_breaks_the_reader_does_not_hide_the_others(store, package, monkeypatch):
    store.add(package)
    (store.folder / "odd").mkdir()

    def fail(_path):
        raise ZeroDivisionError("/home/DOE^JOHN")

    monkeypatch.setattr(reader, "inspect_package", fail)
    sound, odd = sorted(store.list(), key=lambda info: info.error is not None)
    assert sound.error is None
    assert "ZeroDivisionError" in odd.error
    assert "DOE" not in odd.error


def test_a_model_is_removed(store, package):
    identifier = store.add(package).identifier
    store.remove(identifier)
    assert store.list() == ()
    assert files_of(store.folder) == set()
    assert store.add(package).identifier == identifier


@pytest.mark.parametrize("identifier", ["absent", "", ".", "..", "../outside", ".records", "/etc"])
def test_only_a_model_can_be_removed(store, package, tmp_path, identifier):
    store.add(package)
    (tmp_path / "outside").mkdir()
    before = files_of(tmp_path)
    with pytest.raises(UsageError, match="no model"):
        store.remove(identifier)
    assert files_of(tmp_path) == before


def test_removing_a_linked_model_spares_what_it_leads_to(store, package):
    store.folder.mkdir()
    (store.folder / "linked").symlink_to(package)
    before = files_of(package)
    store.remove("linked")
    assert store.list() == ()
    assert files_of(package) == before


def test_a_check_reads_everything_again(store, package, inspections):
    info = store.add(package)
    assert store.check(info.identifier) == info
    assert len(inspections) == 2


def test_a_check_notices_exchanged_weights(store, package, tmp_path):
    identifier = store.add(package).identifier
    other = write_segmenter(tmp_path / "other", width=3)
    shutil.copy(other / "models" / "model.pt", store.path(identifier) / "models" / "model.pt")
    with pytest.raises(ModelError):
        store.check(identifier)


def test_a_model_is_found_by_name_and_by_path(store, package, monkeypatch, tmp_path):
    info = store.add(package)
    assert store.find(info.identifier) == store.folder / info.identifier
    assert store.find(str(package)) == package
    with pytest.raises(UsageError, match="no model"):
        store.find("absent")
    archive = zipped(package, tmp_path / "a.zip")
    with pytest.raises(UsageError, match="Import it first"):
        store.find(str(archive))


def test_the_models_folder_is_that_of_the_variable_or_the_users_own(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert default_models_folder({"SEGMENTL3_MODELS": "/shared"}, "linux") == Path("/shared")
    assert default_models_folder({}, "linux") == tmp_path / ".local/share/SegmentL3/models"
    assert default_models_folder({"XDG_DATA_HOME": "/data"}, "linux") == Path("/data/SegmentL3/models")
    assert default_models_folder({}, "darwin") == tmp_path / "Library/Application Support/SegmentL3/models"
    assert default_models_folder({"LOCALAPPDATA": "/local"}, "win32") == Path("/local/SegmentL3/models")


def test_the_store_lies_in_the_default_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGMENTL3_MODELS", str(tmp_path / "mine"))
    assert ModelStore().folder == tmp_path / "mine"


def test_a_record_holds_no_path(store, package):
    info = store.add(package)
    content = (store.folder / ".records" / f"{info.identifier}.json").read_text()
    assert str(store.folder) not in content
    assert json.loads(content)["info"]["identifier"] == info.identifier
