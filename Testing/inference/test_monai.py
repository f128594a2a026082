"""With MONAI's windows and spacing the labels are MONAI's."""

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from monai import transforms
from monai.data import MetaTensor
from monai.inferers import sliding_window_inference

from inference.small_models import AS_MONAI, CT, OBLIQUE, UNCHANGED, model, network, scan, stage
from SegmentL3Lib.errors import ModelError
from SegmentL3Lib.inference import predict
from SegmentL3Lib.inference.prepare import prepare
from SegmentL3Lib.itk_images import to_image
from SegmentL3Lib.models.plan import Normalization
from SegmentL3Lib.volume import Geometry

RANGE = Normalization("range", lower=-200.0, upper=300.0, target_lower=0.0, target_upper=1.0)


def monai_labels(volume, used, spacing, overlap):
    """Labels by MONAI; the axes are turned by SimpleITK, since MONAI's own transform needs nibabel."""
    original = to_image(volume.array.astype(np.float32), volume.geometry)
    turned = sitk.DICOMOrient(original, used.orientation)
    array = np.ascontiguousarray(sitk.GetArrayFromImage(turned).transpose(2, 1, 0))
    image = MetaTensor(torch.from_numpy(array), affine=np.diag([*turned.GetSpacing(), 1.0]))
    before = transforms.Compose(
        [
            transforms.EnsureChannelFirstd("image", channel_dim="no_channel"),
            transforms.Spacingd("image", pixdim=spacing, mode="bilinear"),
            transforms.ScaleIntensityRanged("image", a_min=-200, a_max=300, b_min=0.0, b_max=1.0, clip=True),
        ]
    )
    after = transforms.Compose(
        [
            transforms.Invertd("pred", transform=before, orig_keys="image", nearest_interp=False),
            transforms.AsDiscreted("pred", argmax=True),
        ]
    )
    data = before({"image": image})
    with torch.inference_mode():
        found = sliding_window_inference(
            data["image"][None], used.window.patch_size, 2, used.networks[0], overlap, mode="gaussian"
        )
    data["pred"] = MetaTensor(found[0], meta=data["image"].meta, applied_operations=data["image"].applied_operations)
    labels = sitk.GetImageFromArray(after(data)["pred"][0].numpy().transpose(2, 1, 0))
    labels.CopyInformation(turned)
    letters = sitk.DICOMOrientImageFilter.GetOrientationFromDirectionCosines(original.GetDirection())
    return sitk.GetArrayFromImage(sitk.DICOMOrient(labels, letters))


@pytest.mark.parametrize("direction", [Geometry().direction, OBLIQUE, (0, 0, 1, -1, 0, 0, 0, 1, 0)])
@pytest.mark.parametrize("overlap", [0.25, 0.5])
def test_labels_of_a_bundle_are_monais(direction, overlap):
    spacing = (2.0, 2.5, 3.5)
    used = stage(
        patch=(16, 12, 8),
        scheme="monai",
        step=1 - overlap,
        orientation="RAS",
        channels=(RANGE,),
        resampling=type(AS_MONAI)(spacing, image_order=1, output_order=1),
        normalize_before_resampling=False,
    )
    volume = scan(direction=direction)
    expected = monai_labels(volume, used, spacing, overlap)
    found = predict(model(used), [volume], device="cpu").labels.array
    assert len(np.unique(expected)) > 1
    assert (found == expected).mean() >= 0.9999


def test_blended_logits_are_those_of_sliding_window_inference():
    used, volume = stage(scheme="monai", resampling=UNCHANGED), scan(shape=(11, 41, 37))
    image = torch.from_numpy(np.clip(volume.array, CT.lower, CT.upper).astype(np.float32) - CT.mean) / CT.deviation
    with torch.inference_mode():
        expected = sliding_window_inference(
            image[None, None], used.window.patch_size, 1, used.networks[0], 0.5, mode="gaussian"
        )
    found = predict(model(used), [volume], device="cpu").labels.array
    assert (found == expected[0].argmax(0).numpy()).mean() >= 0.9999


@pytest.mark.parametrize(
    "normalization, transform",
    [
        (RANGE, transforms.ScaleIntensityRange(-200, 300, 0.0, 1.0, clip=True)),
        (
            Normalization("range", lower=-200.0, upper=300.0, target_lower=-1.0, target_upper=1.0, clip=False),
            transforms.ScaleIntensityRange(-200, 300, -1.0, 1.0),
        ),
        (Normalization("rescale", target_lower=0.0, target_upper=1.0), transforms.ScaleIntensity()),
        (Normalization("z_score"), transforms.NormalizeIntensity()),
        (Normalization("z_score", nonzero_only=True), transforms.NormalizeIntensity(nonzero=True)),
        (Normalization("none"), transforms.Identity()),
    ],
)
def test_gray_values_are_normalized_as_monai_does(normalization, transform):
    volume = scan()
    used = stage(channels=(normalization,), resampling=UNCHANGED, normalize_before_resampling=False)
    found = prepare(used, [volume.array], volume.geometry)
    expected = transform(torch.from_numpy(volume.array.astype(np.float32))[None])
    np.testing.assert_allclose(found.values[0], found.frame.view(expected[0].numpy()), atol=1e-4)


def test_an_oblique_scan_keeps_its_voxels_whatever_the_orientation_of_the_network():
    identity = torch.nn.Conv3d(1, 2, 1).eval()
    with torch.no_grad():
        identity.weight[:] = torch.tensor([0.0, 1.0]).view(2, 1, 1, 1, 1)
        identity.bias[:] = 0
    volume = scan(direction=OBLIQUE)
    for orientation in (None, "RAS", "LPS", "SAR", "IPL"):
        used = stage(identity, orientation=orientation, resampling=UNCHANGED, channels=(Normalization("none"),))
        found = predict(model(used, values=(1,)), [volume], device="cpu")
        assert np.array_equal(found.labels.array, volume.array > 0)
        assert found.labels.geometry == volume.geometry


def test_an_orientation_that_is_none_is_refused():
    with pytest.raises(ModelError, match="RRS"):
        predict(model(stage(network(), orientation="RRS")), [scan()])
