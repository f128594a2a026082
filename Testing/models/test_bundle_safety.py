"""Nothing that a package brings is executed."""

import os
import pickle

import pytest
import torch

from models.packages import SCALING, edit_json, write_tiny
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.models import load_bundle
from SegmentL3Lib.models.weights import require_safe_torch

REFUSAL = "needs code that is not run"


@pytest.fixture
def package(tmp_path):
    return write_tiny(tmp_path / "tiny")


def edit_config(package, change):
    edit_json(package / "configs" / "inference.json", change)


@pytest.mark.parametrize("section", ["network_def", "inferer", "preprocessing", "postprocessing"])
@pytest.mark.parametrize("target", ["os.system", "subprocess.run", "builtins.eval", "monai.bundle.run", "$import os"])
def test_a_target_outside_the_tables_is_refused(package, tmp_path, section, target):
    proof = tmp_path / "executed"
    attack = {"_target_": target, "command": f"touch {proof}"}

    def change(config):
        config[section] = (
            attack if section in ("network_def", "inferer") else {"_target_": "Compose", "transforms": [attack]}
        )

    edit_config(package, change)
    with pytest.raises(ModelError, match=REFUSAL) as refusal:
        load_bundle(package)
    assert target in str(refusal.value)
    assert not proof.exists()


@pytest.mark.parametrize("expression", ["$__import__('os').system('true')", "$1+1", "%other.json::key", "@missing"])
def test_expressions_and_unresolved_references_are_refused_with_their_place(package, expression):
    edit_config(package, lambda config: config["network_def"].update(filters=[expression, 4, 8]))
    with pytest.raises(ModelError, match=REFUSAL) as refusal:
        load_bundle(package)
    assert "network_def.filters[0]" in str(refusal.value)


@pytest.mark.parametrize("key", ["_requires_", "_disabled_", "_mode_"])
def test_keys_with_a_meaning_to_monai_are_refused(package, key):
    edit_config(package, lambda config: config["network_def"].update({key: "debug"}))
    with pytest.raises(ModelError, match=REFUSAL):
        load_bundle(package)


def test_a_reference_to_a_literal_is_replaced(package):
    def change(config):
        config["image_key"] = "image"
        config["sizes"] = [4, 4, 8]
        config["network_def"]["filters"] = "@sizes"
        config["preprocessing"]["transforms"][1]["keys"] = "@image_key"

    edit_config(package, change)
    assert load_bundle(package)


@pytest.mark.parametrize("target", ["$[4, 4, 8]", "@sizes", [4, 4, "$8"], {"_target_": "list"}])
def test_a_reference_to_something_else_is_refused(package, target):
    def change(config):
        config["sizes"] = target
        config["network_def"]["filters"] = "@sizes"

    edit_config(package, change)
    with pytest.raises(ModelError, match=REFUSAL):
        load_bundle(package)


def test_code_outside_the_sections_that_are_read_is_left_alone(package):
    edit_config(package, lambda config: config.update(imports=["$import os"], run={"_target_": "os.system"}))
    (package / "configs" / "logging.conf").write_text("[loggers]\nkeys=__import__('os').system('false')\n")
    assert load_bundle(package)


@pytest.mark.parametrize(
    "transforms",
    [
        [],
        [SCALING, SCALING],
        [SCALING, {"_target_": "Spacingd", "keys": "image", "pixdim": [1, 1]}],
        [{**SCALING, "clip": False}],
        [{**SCALING, "a_min": 400}],
        [{**SCALING, "dtype": "float16"}],
        [{"_target_": "Spacingd", "keys": "image", "pixdim": [1, 1, 1]}, SCALING],
        [{"_target_": "Spacingd", "keys": "image", "pixdim": [1, 0]}, SCALING],
        ["Spacingd"],
        "Spacingd",
    ],
)
def test_preprocessing_that_would_be_done_wrongly_is_refused(package, transforms):
    edit_config(package, lambda config: config["preprocessing"].update(transforms=transforms))
    with pytest.raises(ModelError):
        load_bundle(package)


def test_transforms_that_the_pipeline_guarantees_are_accepted(package):
    def change(config):
        names = ("LoadImaged", "EnsureChannelFirstd", "Orientationd", "EnsureTyped")
        done = [{"_target_": name, "keys": "image"} for name in names]
        config["preprocessing"]["transforms"][:0] = done

    edit_config(package, change)
    assert load_bundle(package)


class Payload:
    """Runs a command when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def save_plain_pickle(content, path):
    path.write_bytes(pickle.dumps(content, protocol=2))


@pytest.mark.parametrize("save", [torch.save, save_plain_pickle])
def test_a_pickle_payload_in_the_weights_is_not_executed(package, tmp_path, save):
    proof = tmp_path / "executed"
    edit_json(package / "configs" / "metadata.json", lambda metadata: metadata.pop("weights_sha256"))
    save({"weight": Payload(proof)}, package / "models" / "model.pt")
    with pytest.raises(ModelError, match="not loaded"):
        load_bundle(package)
    assert not proof.exists()


@pytest.mark.parametrize("content", [[1, 2], {"weight": 3}, torch.zeros(3)])
def test_weights_must_be_tensors_by_name(package, content):
    edit_json(package / "configs" / "metadata.json", lambda metadata: metadata.pop("weights_sha256"))
    torch.save(content, package / "models" / "model.pt")
    with pytest.raises(ModelError, match="not a table of tensors"):
        load_bundle(package)


@pytest.mark.parametrize("version", ["2.9.1", "1.13.0+cpu"])
def test_an_old_torch_is_refused(version):
    with pytest.raises(ModelError, match="2.10 or newer"):
        require_safe_torch(version)


@pytest.mark.parametrize("version", ["2.10.0", "2.13.0+cpu", "3.0.0a0+git1"])
def test_a_new_torch_is_accepted(version):
    require_safe_torch(version)
