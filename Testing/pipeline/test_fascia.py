"""Fat behind a muscle is intermuscular only under a fascia."""

import numpy as np
import pytest

from SegmentL3Lib.fascia import return_open_fat
from SegmentL3Lib.regions import Region

FAT_HU, MUSCLE_HU, FASCIA_HU = -100, 50, -20
LAYER_MM = 3.0


def back(pixel_mm, fascia_from_mm=0.0, noise_hu=0.0):
    """Muscle, a layer of fat called intermuscular behind it and, from some column on, a fascia behind that."""
    y, x = np.indices((round(60 / pixel_mm), round(80 / pixel_mm))) * pixel_mm
    regions = np.full(y.shape, Region.SUBCUTANEOUS, np.uint8)
    regions[y < 30 + LAYER_MM] = Region.INTERMUSCULAR
    regions[y < 30] = Region.MUSCLE
    hu = np.where(regions == Region.MUSCLE, float(MUSCLE_HU), FAT_HU)
    behind = y - 30 - LAYER_MM
    hu[(behind >= 0) & (behind < max(1.5, pixel_mm)) & (x >= fascia_from_mm)] = FASCIA_HU
    return regions, hu + np.random.default_rng(0).normal(0, noise_hu, hu.shape)


def returned(regions, hu, spacing_yx_mm):
    return return_open_fat(regions, (hu >= -190) & (hu <= -30), hu, spacing_yx_mm)


@pytest.mark.parametrize("noise_hu", [0.0, 25.0])
@pytest.mark.parametrize("pixel_mm", [0.7, 1.0, 1.5])
def test_a_layer_without_a_fascia_is_subcutaneous(pixel_mm, noise_hu):
    regions, hu = back(pixel_mm, fascia_from_mm=np.inf, noise_hu=noise_hu)
    changed = returned(regions, hu, (pixel_mm, pixel_mm))
    layer = regions == Region.INTERMUSCULAR
    assert (changed[layer] == Region.SUBCUTANEOUS).mean() > 0.98
    np.testing.assert_array_equal(changed[~layer], regions[~layer])


@pytest.mark.parametrize("noise_hu", [0.0, 25.0])
@pytest.mark.parametrize("pixel_mm", [0.7, 1.0, 1.5])
def test_a_layer_under_a_fascia_stays_intermuscular(pixel_mm, noise_hu):
    regions, hu = back(pixel_mm, noise_hu=noise_hu)
    np.testing.assert_array_equal(returned(regions, hu, (pixel_mm, pixel_mm)), regions)


def test_only_what_lies_beside_the_fascia_is_returned():
    regions, hu = back(1.0, fascia_from_mm=40.0)
    changed = returned(regions, hu, (1.0, 1.0))
    layer = changed[31]
    assert (layer[:32] == Region.SUBCUTANEOUS).all() and (layer[45:] == Region.INTERMUSCULAR).all()


def test_fat_within_a_muscle_stays_where_it_is():
    regions, hu = back(1.0, fascia_from_mm=np.inf)
    regions[27:29, 20:30], hu[27:29, 20:30] = Region.INTERMUSCULAR, FAT_HU
    assert (returned(regions, hu, (1.0, 1.0))[27:29, 20:30] == Region.INTERMUSCULAR).all()


def test_a_cleft_between_muscles_is_returned_near_its_mouth_only():
    regions, hu = back(1.0, fascia_from_mm=np.inf)
    regions[5:30, 20:24], hu[5:30, 20:24] = Region.INTERMUSCULAR, FAT_HU
    cleft = returned(regions, hu, (1.0, 1.0))[5:30, 20:24]
    assert (cleft[:-5] == Region.INTERMUSCULAR).all()


def test_the_skin_is_no_fascia():
    regions, hu = back(1.0, fascia_from_mm=np.inf)
    skin = np.s_[36:39]
    regions[skin], hu[skin] = Region.OTHER, 30
    hu[35] = -40  # blurred
    regions[39:], hu[39:] = Region.BACKGROUND, -1000
    changed = returned(regions, hu, (1.0, 1.0))
    assert (changed[regions == Region.INTERMUSCULAR] == Region.SUBCUTANEOUS).all()


def test_nothing_changes_without_fat_at_the_border():
    regions, hu = back(1.0)
    regions[regions == Region.INTERMUSCULAR] = Region.VISCERAL
    assert returned(regions, hu, (1.0, 1.0)) is regions


def test_pixels_need_not_be_square():
    regions, hu = back(1.0, fascia_from_mm=40.0)
    layer = returned(regions[:, ::2], hu[:, ::2], (1.0, 2.0))[31]
    assert (layer[:16] == Region.SUBCUTANEOUS).all() and (layer[23:] == Region.INTERMUSCULAR).all()
