"""The engine gives what a plain run over whole arrays gives."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from inference.plain_reference import ct_normalized, logits_of, nnunet_resized
from inference.small_models import (
    AS_NNUNET,
    CT,
    UNCHANGED,
    model,
    network,
    scan,
    stage,
)
from SegmentL3Lib.errors import ModelError, UsageError
from SegmentL3Lib.inference import predict
from SegmentL3Lib.models.plan import Normalization
from SegmentL3Lib.volume import Volume

AGREEMENT = 0.9999


def labels_of(model, *volumes, **choices):
    return predict(model, volumes, device="cpu", **choices).labels.array


def agreement(found, expected):
    assert found.shape == expected.shape
    assert len(np.unique(expected)) > 1
    return (found == expected).mean()


def resized(logits, shape, coarse=None):
    return np.stack([nnunet_resized(channel, shape, 1, coarse) for channel in logits])


def test_three_dimensional_labels_are_those_of_a_plain_run():
    used, volume = stage(), scan()
    image = nnunet_resized(ct_normalized(volume.array, CT), (14, 30, 27), 3)
    expected = resized(logits_of(image[None], used), volume.array.shape).argmax(0)
    assert agreement(labels_of(model(used), volume), expected) >= AGREEMENT


def test_labels_of_an_anisotropic_scan_are_those_of_a_plain_run():
    used, volume = stage(patch=(4, 16, 12)), scan(shape=(9, 30, 36), spacing=(1.0, 1.0, 6.0))
    image = nnunet_resized(ct_normalized(volume.array, CT), (18, 15, 18), 3, coarse=0)
    expected = resized(logits_of(image[None], used), volume.array.shape, coarse=0).argmax(0)
    assert agreement(labels_of(model(used), volume), expected) >= AGREEMENT


def test_two_dimensional_networks_run_over_the_slices():
    used = stage(network(2), patch=(16, 12), resampling=replace(AS_NNUNET, spacing_mm=(2.0, 2.0)))
    volume = scan()
    image = nnunet_resized(ct_normalized(volume.array, CT), (14, 30, 27), 3)
    expected = resized(logits_of(image[None], used), volume.array.shape).argmax(0)
    assert agreement(labels_of(model(used), volume), expected) >= AGREEMENT


def test_folds_are_averaged():
    folds = [network(seed=seed) for seed in range(3)]
    used, volume = stage(*folds, resampling=UNCHANGED), scan()
    expected = logits_of(ct_normalized(volume.array, CT)[None], used).argmax(0)
    assert agreement(labels_of(model(used), volume), expected) >= AGREEMENT
    one = labels_of(model(replace(used, networks=tuple(folds[:1]))), volume)
    assert (one != expected).any()


@pytest.mark.parametrize("patch", [(8, 16, 12), (16, 12)])
def test_mirrored_copies_are_averaged_unless_it_is_switched_off(patch):
    axes = tuple(range(len(patch)))[1:]
    used, volume = stage(network(len(patch)), patch=patch, resampling=UNCHANGED, mirror_axes=axes), scan()
    image = ct_normalized(volume.array, CT)[None]
    mirrored = logits_of(image, used, mirror=True).argmax(0)
    assert agreement(labels_of(model(used), volume), mirrored) >= AGREEMENT
    plain = logits_of(image, used).argmax(0)
    assert agreement(labels_of(model(used), volume, mirror=False), plain) >= AGREEMENT
    assert (plain != mirrored).any()


def test_regions_are_painted_in_their_order():
    used, volume = stage(resampling=UNCHANGED), scan()
    logits = logits_of(ct_normalized(volume.array, CT)[None], used)
    expected = np.zeros(volume.array.shape, np.uint8)
    for channel, value in enumerate((1, 3, 2)):
        expected[logits[channel] > 0] = value
    regions = model(used, activation="sigmoid", values=(1, 3, 2))
    assert agreement(labels_of(regions, volume), expected) >= AGREEMENT


def test_unwanted_structures_are_left_out():
    used, volume = stage(resampling=UNCHANGED), scan()
    everything = labels_of(model(used), volume)
    assert np.array_equal(labels_of(model(used), volume, structures=["s2"]), np.where(everything == 2, 2, 0))


def test_an_unwanted_region_does_not_cover_a_wanted_one():
    used, volume = stage(resampling=UNCHANGED), scan()
    logits = logits_of(ct_normalized(volume.array, CT)[None], used)
    found = labels_of(model(used, activation="sigmoid", values=(1, 2, 3)), volume, structures=["s1"])
    assert agreement(found, (logits[0] > 0).astype(np.uint8)) >= AGREEMENT


def test_the_second_stage_of_a_cascade_sees_the_labels_of_the_first():
    coarse = stage(resampling=replace(AS_NNUNET, spacing_mm=(6.0, 3.0, 3.0)), patch=(4, 8, 8))
    fine = stage(network(inputs=3, seed=1), resampling=UNCHANGED, previous_labels=(1, 2))
    volume = scan()
    first = labels_of(model(coarse), volume)
    image = np.stack([ct_normalized(volume.array, CT), first == 1, first == 2])
    expected = logits_of(image, fine).argmax(0)
    assert agreement(labels_of(model(coarse, fine), volume), expected) >= AGREEMENT


def test_labels_of_the_first_stage_are_resampled_each_by_itself():
    coarse, volume = stage(resampling=UNCHANGED), scan()
    fine = stage(network(inputs=3, seed=1), previous_labels=(1, 2))
    first, shape = labels_of(model(coarse), volume), (14, 30, 27)
    halves = [nnunet_resized(first == value, shape, 1) >= 0.5 for value in (1, 2)]
    halves[0] &= ~halves[1]
    image = np.stack([nnunet_resized(ct_normalized(volume.array, CT), shape, 3), *halves])
    expected = resized(logits_of(image, fine), volume.array.shape).argmax(0)
    assert agreement(labels_of(model(coarse, fine), volume), expected) >= 0.999


def test_an_image_smaller_than_the_patch_is_surrounded():
    used, volume = stage(patch=(16, 64, 64), resampling=UNCHANGED), scan(shape=(5, 40, 33))
    expected = logits_of(ct_normalized(volume.array, CT)[None], used).argmax(0)
    assert agreement(labels_of(model(used), volume), expected) >= AGREEMENT


def test_a_single_slice_is_enough():
    used, volume = stage(), scan(shape=(1, 40, 36))
    image = nnunet_resized(ct_normalized(volume.array, CT), (1, 30, 27), 3)
    expected = resized(logits_of(image[None], used), volume.array.shape).argmax(0)
    assert agreement(labels_of(model(used), volume), expected) >= AGREEMENT


def test_zeros_around_the_image_are_cropped_and_get_no_label():
    used, inner = stage(crop_to_nonzero=True, resampling=UNCHANGED), scan(shape=(10, 20, 24))
    inner.array[inner.array == 0] = 1
    around = np.pad(inner.array, ((2, 3), (0, 5), (4, 0)))
    found = labels_of(model(used), replace(inner, array=around))
    assert np.array_equal(found[2:-3, :-5, 4:], labels_of(model(used), inner))
    assert found[:2].max() == found[-3:].max() == found[:, -5:].max() == found[:, :, :4].max() == 0


def test_axes_are_transposed_as_the_plan_has_it():
    spacing = replace(AS_NNUNET, spacing_mm=(2.0, 3.0, 2.0))
    used, volume = stage(transpose=(2, 0, 1), resampling=spacing), scan()
    image = nnunet_resized(ct_normalized(volume.array, CT).transpose(2, 0, 1), (27, 14, 30), 3)
    expected = resized(logits_of(image[None], used), (36, 14, 40)).argmax(0).transpose(1, 2, 0)
    assert agreement(labels_of(model(used), volume), expected) >= AGREEMENT


def test_statistics_inside_the_mask_leave_the_outside_at_zero():
    channel = Normalization("z_score", inside_mask=True)
    used, volume = stage(channels=(channel,), resampling=UNCHANGED), scan()
    volume.array[:, :12] = 0
    volume.array[5, 22:25, 12:15] = 0  # a hole, which belongs to the inside
    inside = ndimage.binary_fill_holes(volume.array != 0)
    values = volume.array.astype(np.float32)
    image = np.where(inside, (values - values[inside].mean()) / values[inside].std(), values)
    expected = logits_of(image[None], used).argmax(0)
    assert agreement(labels_of(model(used), volume), expected) >= AGREEMENT


def test_labels_can_be_decided_before_they_are_resampled():
    used, volume = stage(inverse_argmax_first=True), scan()
    image = nnunet_resized(ct_normalized(volume.array, CT), (14, 30, 27), 3)
    decided = logits_of(image[None], used).argmax(0)
    expected = nnunet_resized(decided, volume.array.shape, 0)
    assert agreement(labels_of(model(used), volume), expected) >= 0.99


def test_images_on_other_grids_are_brought_to_the_first_and_it_is_said():
    used = stage(network(inputs=2), channels=(CT, CT), resampling=UNCHANGED)
    both, volume = model(used, inputs=("T1", "T2")), scan()
    finer = Volume(np.repeat(volume.array, 2, 0), replace(volume.geometry, spacing=(1.5, 1.5, 1.5)))
    found = predict(both, [volume, finer], device="cpu")
    assert found.labels.geometry == volume.geometry
    assert found.notes == ("Image 2 was resampled to the voxels of image 1.",)
    assert predict(both, [volume, volume], device="cpu").notes == ()


def test_the_wrong_number_of_images_is_refused():
    with pytest.raises(UsageError, match="needs 1 images"):
        predict(model(stage()), [scan(), scan()])


def test_an_unknown_structure_is_refused():
    with pytest.raises(UsageError, match='"spleen"'):
        predict(model(stage()), [scan()], structures=["spleen"])


def test_an_unknown_precision_is_refused():
    with pytest.raises(UsageError, match="fp16"):
        predict(model(stage()), [scan()], precision="fp16")


def test_a_network_that_does_not_fit_its_windows_is_reported():
    with pytest.raises(ModelError, match="cannot be run"):
        predict(model(stage(network(inputs=2))), [scan()])


def test_networks_are_left_on_the_processor_in_float32():
    used = stage()
    predict(model(used), [scan()])
    assert {(value.device.type, str(value.dtype)) for value in used.networks[0].parameters()} == {
        ("cpu", "torch.float32")
    }


def test_windows_of_one_value_are_run_once():
    seen = []
    used = stage(resampling=UNCHANGED, gaussian=False)
    used.networks[0].register_forward_hook(lambda *_: seen.append(1))
    volume = scan(shape=(8, 64, 96))
    volume.array[:, :, 30:] = -2000
    found = labels_of(model(used), volume)
    run = len(seen)
    expected = logits_of(ct_normalized(volume.array, CT)[None], used).argmax(0)
    assert agreement(found, expected) >= AGREEMENT
    assert run < len(seen) - run
