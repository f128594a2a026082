"""Whatever is changed in a package: it is read, or refused in words for the user, and nothing is executed."""

import json
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.hostile import changed_bytes, changed_json, nothing_executed
from models.monai_packages import config, metadata, write_zoo_bundle
from models.nnunet_packages import configuration, dataset, plans, write_result
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.models import load_model

EXAMPLES = settings(
    max_examples=260, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
CONTENTS = {
    "configs/inference.json": config(),
    "configs/metadata.json": metadata(),
    "plans.json": plans(**{"3d_fullres": configuration()}),
    "dataset.json": dataset({"background": 0, "whole": [1, 2], "core": 2}, regions_class_order=[1, 2]),
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A bundle and a result folder, and the intact bytes of their weights."""
    folder = tmp_path_factory.mktemp("packages")
    bundle = write_zoo_bundle(folder / "bundle")
    result = write_result(folder, CONTENTS["plans.json"], CONTENTS["dataset.json"])
    weights = {
        bundle: bundle / "models/model.pt",
        result: result / "fold_0/checkpoint_final.pth",
    }
    return {package: (path, path.read_bytes()) for package, path in weights.items()}


def is_read_or_refused(package) -> bool:
    """Whether a package is read; False where it is refused. Anything else is an error of this library."""
    with nothing_executed(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of damaged files before it refuses them
        try:
            return bool(load_model(package))
        except ModelError as error:
            assert 0 < len(str(error)) < 1500
            return False


@pytest.fixture
def trial(packages):
    """Puts other bytes into a file of a package, reads it, and puts the intact bytes back."""

    def run(package, path, content):
        intact = path.read_bytes()
        path.write_bytes(content)
        try:
            return is_read_or_refused(package)
        finally:
            path.write_bytes(intact)

    return run


@pytest.mark.parametrize("kind", ["bundle", "result"])
def test_intact_packages_are_read(packages, kind):
    package = list(packages)[kind == "result"]
    assert is_read_or_refused(package)


@EXAMPLES
@given(st.data())
def test_changed_bundles_are_read_or_refused(packages, trial, data):
    bundle = next(iter(packages))
    name = data.draw(st.sampled_from(["configs/inference.json", "configs/inference.json", "configs/metadata.json"]))
    trial(bundle, bundle / name, data.draw(changed_json(CONTENTS[name])))


@EXAMPLES
@given(st.data())
def test_changed_result_folders_are_read_or_refused(packages, trial, data):
    result = list(packages)[1]
    name = data.draw(st.sampled_from(["plans.json", "plans.json", "dataset.json"]))
    trial(result, result / name, data.draw(changed_json(CONTENTS[name])))


@EXAMPLES
@given(st.data())
def test_changed_weights_of_a_bundle_are_read_or_refused(packages, trial, data):
    bundle = next(iter(packages))
    path, intact = packages[bundle]
    trial(bundle, path, data.draw(changed_bytes(intact)))


@EXAMPLES
@given(st.data())
def test_changed_checkpoints_are_read_or_refused(packages, trial, data):
    result = list(packages)[1]
    path, intact = packages[result]
    trial(result, path, data.draw(changed_bytes(intact)))


def test_the_changes_are_neither_all_refused_nor_all_without_effect(packages, trial):
    """Else the tests above would say little."""
    bundle, outcomes = next(iter(packages)), set()

    @settings(EXAMPLES, max_examples=60)
    @given(changed_json(CONTENTS["configs/inference.json"]))
    def change(content):
        outcomes.add(trial(bundle, bundle / "configs/inference.json", content))

    change()
    assert outcomes == {True, False}
    assert json.loads((bundle / "configs/inference.json").read_text()) == CONTENTS["configs/inference.json"]
