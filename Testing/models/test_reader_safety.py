"""Nothing that a package brings is executed, and no file of it can do harm by being read."""

import math
import os
import shutil
import zipfile
from collections import OrderedDict

import pytest
import torch

from models.monai_packages import LOAD, SOFTMAX, UNET, compose, config, write_zoo_bundle
from models.nnunet_packages import write_result
from models.packages import edit_json
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.models import load_model
from SegmentL3Lib.models.store import ModelStore
from SegmentL3Lib.models.weights import Unread, read_checkpoint

BUNDLE_WEIGHTS = "models/model.pt"


class Payload:
    """Runs a command when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


class Counted:
    """Harmless, but nothing that weights are made of."""


@pytest.fixture
def bundle(tmp_path):
    return write_zoo_bundle(tmp_path / "bundle")


@pytest.fixture
def result(tmp_path):
    return write_result(tmp_path)


def refused(path) -> str:
    with pytest.raises(ModelError) as refusal:
        load_model(path)
    return str(refusal.value)


@pytest.mark.parametrize("section", ["network_def", "inferer", "preprocessing", "postprocessing"])
@pytest.mark.parametrize("target", ["os.system", "subprocess.run", "builtins.eval", "monai.bundle.run", "$import os"])
def test_a_target_outside_the_tables_is_refused_and_not_called(bundle, tmp_path, section, target):
    proof = tmp_path / "executed"
    attack = {"_target_": target, "keys": "image", "command": f"touch {proof}"}
    before = {"preprocessing": LOAD, "postprocessing": SOFTMAX}
    definition = compose(before[section], attack) if section in before else attack
    edit_json(bundle / "configs/inference.json", lambda content: content.update({section: definition}))
    assert target in refused(bundle)
    assert not proof.exists()


@pytest.mark.parametrize(
    "expression",
    [
        "$__import__('os').system('touch {proof}')",
        "$[__import__('os').system('touch {proof}')] if @displayable_configs#highres else [1]",
        "$__import__('os').system('touch {proof}') if @displayable_configs#highres else 1",
        "$@image_key + __import__('os').system('touch {proof}')",
        "%other.json::key",
        "@run",
        "@preprocessing#transforms",
    ],
)
@pytest.mark.parametrize("key", ["channels", "norm", "spatial_dims", "_requires_", "_mode_"])
def test_expressions_are_refused_and_not_evaluated(bundle, tmp_path, expression, key):
    proof = tmp_path / "executed"
    expression = expression.replace("{proof}", str(proof))
    edit_json(bundle / "configs/inference.json", lambda content: content["network_def"].update({key: expression}))
    assert expression[:40] in refused(bundle)
    assert not proof.exists()


def test_code_in_what_is_not_read_is_left_alone(bundle, tmp_path):
    proof = tmp_path / "executed"
    (bundle / "configs/logging.conf").write_text(f"[loggers]\nkeys=__import__('os').system('touch {proof}')\n")
    (bundle / "scripts").mkdir()
    (bundle / "scripts/__init__.py").write_text(f"import os\nos.system('touch {proof}')\n")
    edit_json(bundle / "configs/inference.json", lambda content: content.update(imports=["$import scripts"]))
    assert load_model(bundle)
    assert not proof.exists()


def test_a_reference_that_leads_to_itself_ends(bundle):
    edit_json(bundle / "configs/inference.json", lambda content: content.update(image_key="@image_key"))
    assert "@image_key" in refused(bundle)


def test_references_that_multiply_end(bundle):
    def change(content):
        content.update({f"level{number}": [f"@level{number + 1}"] * 50 for number in range(15)}, level15=1)
        content["network_def"]["channels"] = "@level0"

    edit_json(bundle / "configs/inference.json", change)
    assert "@level0" in refused(bundle)


@pytest.mark.parametrize("where", ["network_weights", "logging", "new"])
def test_a_payload_in_a_checkpoint_is_named_and_not_executed(result, tmp_path, where):
    proof = tmp_path / "executed"
    weights = result / "fold_0/checkpoint_final.pth"
    content = torch.load(weights, weights_only=False)
    torch.save({**content, where: Payload(proof)}, weights)
    assert "system" in refused(result)
    assert not proof.exists()


def test_a_payload_in_the_weights_of_a_bundle_is_not_executed(bundle, tmp_path):
    proof = tmp_path / "executed"
    torch.save({"weight": Payload(proof)}, bundle / BUNDLE_WEIGHTS)
    assert "not loaded" in refused(bundle)
    assert not proof.exists()


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("attack", ["target", "expression", "pickle"])
def test_an_import_executes_nothing_and_leaves_nothing_behind(bundle, tmp_path, attack, zipped):
    proof, store = tmp_path / "executed", ModelStore(tmp_path / "store")
    definition = {"target": {"_target_": "os.system", "command": f"touch {proof}"}}
    definition["expression"] = {**UNET, "channels": f"$__import__('os').system('touch {proof}')"}
    if attack == "pickle":
        torch.save({"weight": Payload(proof)}, bundle / BUNDLE_WEIGHTS)
    else:
        edit_json(bundle / "configs/inference.json", lambda content: content.update(network_def=definition[attack]))
    package = shutil.make_archive(str(tmp_path / "attack"), "zip", bundle) if zipped else bundle
    with pytest.raises(ModelError):
        store.add(package)
    assert not proof.exists()
    assert list(store.folder.iterdir()) == []


def test_the_pickle_of_a_postprocessing_is_not_opened(result, tmp_path):
    folder = result / "crossval_results_folds_0_1_2_3_4"
    folder.mkdir()
    torch.save(Payload(tmp_path / "executed"), folder / "postprocessing.pkl")
    assert load_model(result)
    assert not (tmp_path / "executed").exists()


def test_numpy_objects_of_a_checkpoint_are_not_rebuilt(result):
    content, _ = read_checkpoint(result / "fold_0/checkpoint_final.pth")
    assert isinstance(content["_best_ema"], Unread)
    assert {type(value) for value in content["logging"]["mean_fg_dice"]} == {Unread}
    assert isinstance(content["logging"]["ema"], Unread)


def test_what_others_in_the_process_call_safe_is_not_called_for_a_package(bundle):
    torch.save({"weight": Counted()}, bundle / BUNDLE_WEIGHTS)
    with torch.serialization.safe_globals([Counted]):
        before = set(torch.serialization.get_safe_globals())
        assert "Counted" in refused(bundle)
        assert set(torch.serialization.get_safe_globals()) == before


@pytest.mark.parametrize("name", ["values", "keys", "get", "__iter__"])
def test_a_checkpoint_cannot_hide_the_methods_of_its_tables(result, name):
    weights = result / "fold_0/checkpoint_final.pth"
    content = torch.load(weights, weights_only=False)
    table = OrderedDict(content["network_weights"])
    vars(table)[name] = 3
    torch.save({**content, "network_weights": table}, weights)
    assert load_model(result)


def write_torchscript(path):
    with pytest.warns(DeprecationWarning):
        torch.jit.save(torch.jit.script(torch.nn.Identity()), path)


def write_exported_program(path):
    torch.export.save(torch.export.export(torch.nn.ReLU(), (torch.zeros(1),)), path)


@pytest.mark.parametrize(("write", "kind"), [(write_torchscript, "TorchScript"), (write_exported_program, "Exported")])
def test_programs_in_place_of_weights_are_refused_with_the_reason(bundle, write, kind):
    with (bundle / BUNDLE_WEIGHTS).open("wb") as file:
        write(file)
    text = refused(bundle)
    assert kind in text
    assert "never run" in text


@pytest.mark.parametrize(
    ("name", "kind"), [("model.ts", "TorchScript"), ("model.pt2", "Exported"), ("model.onnx", "ONNX")]
)
def test_a_bundle_with_a_program_alone_is_refused_with_the_reason(bundle, name, kind):
    (bundle / BUNDLE_WEIGHTS).rename(bundle / "models" / name)
    text = refused(bundle)
    assert kind in text
    assert name in text


def test_weights_in_compressed_records_are_refused(bundle):
    weights = bundle / BUNDLE_WEIGHTS
    with zipfile.ZipFile(weights) as archive:
        records = {record.filename: archive.read(record) for record in archive.infolist()}
    with zipfile.ZipFile(weights, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in records.items():
            archive.writestr(name, content)
    assert "compressed" in refused(bundle)


def test_a_description_larger_than_its_weights_is_refused_before_it_fills_the_memory(bundle):
    network = {**UNET, "channels": [5000, 10000]}
    edit_json(bundle / "configs/inference.json", lambda content: content.update(network_def=network))
    assert "larger than its weights" in refused(bundle)


@pytest.mark.parametrize("channels", [[10**12, 4], [4] * 10**4])
def test_huge_arguments_are_refused_by_name(bundle, channels):
    edit_json(bundle / "configs/inference.json", lambda content: content["network_def"].update(channels=channels))
    assert "channels" in refused(bundle)


@pytest.mark.parametrize("length", [0, 1, 10, 1000, -1])
@pytest.mark.parametrize("kind", ["bundle", "result"])
def test_truncated_weights_are_refused(request, kind, length):
    package = request.getfixturevalue(kind)
    weights = package / (BUNDLE_WEIGHTS if kind == "bundle" else "fold_0/checkpoint_final.pth")
    weights.write_bytes(weights.read_bytes()[:length])
    assert weights.name in refused(package)


def test_weights_of_another_network_name_what_does_not_fit(bundle):
    content = config(network_def={**UNET, "channels": [2, 6]})
    edit_json(bundle / "configs/inference.json", lambda current: current.update(content))
    assert "has the shape" in refused(bundle)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.zeros(3, dtype=torch.complex64),
        torch.zeros(3, dtype=torch.int64),
        torch.zeros(3).to_sparse(),
        torch.zeros(3, device="meta"),
        torch.nested.nested_tensor([torch.zeros(3)]),
        torch.tensor(0.0).expand(10**9),
    ],
    ids=["complex", "whole", "sparse", "empty", "nested", "expanded"],
)
def test_weights_of_another_kind_are_refused_by_name(bundle, tensor):
    weights = torch.load(bundle / BUNDLE_WEIGHTS, weights_only=True)
    key = next(key for key in weights if key.endswith("bias"))
    torch.save({**weights, key: tensor}, bundle / BUNDLE_WEIGHTS)
    assert key in refused(bundle)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_weight_that_is_not_finite_is_named(bundle, value):
    weights = torch.load(bundle / BUNDLE_WEIGHTS, weights_only=True)
    key = next(key for key in weights if key.endswith("bias"))
    weights[key][0] = value
    torch.save(weights, bundle / BUNDLE_WEIGHTS)
    assert key in refused(bundle)


def test_a_missing_weight_is_named(bundle):
    weights = torch.load(bundle / BUNDLE_WEIGHTS, weights_only=True)
    key = next(iter(weights))
    del weights[key]
    torch.save(weights, bundle / BUNDLE_WEIGHTS)
    assert key in refused(bundle)


@pytest.mark.parametrize("missing", ["network_def", "inferer", "preprocessing"])
def test_a_missing_section_is_named(bundle, missing):
    edit_json(bundle / "configs/inference.json", lambda content: content.pop(missing))
    assert missing in refused(bundle)


@pytest.mark.parametrize("relative", ["configs/inference.json", "configs/metadata.json", BUNDLE_WEIGHTS])
def test_a_link_out_of_the_package_is_refused(bundle, tmp_path, relative):
    outside = tmp_path / "outside"
    (bundle / relative).rename(outside)
    (bundle / relative).symlink_to(outside)
    assert "link that leads out" in refused(bundle)


def test_a_folder_behind_a_link_is_no_part_of_the_package(tmp_path):
    write_result(tmp_path / "elsewhere")
    (tmp_path / "package").mkdir()
    (tmp_path / "package/linked").symlink_to(tmp_path / "elsewhere")
    assert "no model package" in refused(tmp_path / "package")


@pytest.mark.parametrize("relative", ["configs/inference.json", BUNDLE_WEIGHTS])
def test_what_is_not_a_regular_file_is_not_opened(bundle, relative):
    (bundle / relative).unlink()
    os.mkfifo(bundle / relative)
    assert "is not a file" in refused(bundle)
