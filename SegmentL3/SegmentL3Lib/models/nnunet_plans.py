"""One configuration of an nnU-Net plans.json: inheritance, older plans, and what comes before and after the network."""

from collections.abc import Mapping

from ..errors import ModelError
from .plan import Normalization, Resampling
from .values import entries, entry, flag, number, one_of, positive, shown, table, whole

# Each of these is a class or function of nnU-Net that what follows here stands for.
PREPROCESSORS = ("DefaultPreprocessor",)
LABEL_MANAGERS = ("LabelManager",)
# Readers of images with the axes they give; None: as the file has them.
READERS = {
    "SimpleITKIO": None,
    "NibabelIO": None,
    "Tiff3DIO": None,
    "SimpleITKIOWithReorient": "SAR",
    "NibabelIOWithReorient": "SAR",
}
RESAMPLING = {
    "resample_data_or_seg_to_shape": {
        "is_seg", "order", "order_z", "force_separate_z", "separate_z_anisotropy_threshold",
    },
    "resample_torch_fornnunet": {
        "is_seg", "mode", "aniso_axis_mode", "force_separate_z", "separate_z_anisotropy_threshold",
        "num_threads", "device", "memefficient_seg_resampling",
    },
    "resample_torch_simple": {"is_seg", "mode", "num_threads", "device", "memefficient_seg_resampling"},
    "no_resampling_hack": set(),
}  # fmt: skip
_USUAL_OPTIONS = {
    "is_seg": False,
    "separate_z_anisotropy_threshold": 3,
    "mode": "linear",
    "aniso_axis_mode": "nearest-exact",
}
_MOST_ANCESTORS = 20
_OLD_CLASSES = {"PlainConvUNet": "n_conv_per_stage", "ResidualEncoderUNet": "n_blocks_per_stage"}


def read_configuration(plans: Mapping, name: str) -> dict:
    """Configuration of that name, with what it inherits, its network always below ``architecture``.

    Raises:
        ModelError: it or an ancestor is missing, inherits from itself, or a part of the plan is not known here.
    """
    one_of(plans.get("label_manager", LABEL_MANAGERS[0]), "label_manager in plans.json", LABEL_MANAGERS)
    configuration = _inherited(table(entry(plans, "configurations", "plans.json"), "configurations"), name)
    preprocessor = configuration.get("preprocessor_name", PREPROCESSORS[0])
    one_of(preprocessor, f"preprocessor_name of {shown(name)} in plans.json", PREPROCESSORS)
    if "architecture" not in configuration:
        configuration["architecture"] = _old_architecture(configuration)
    table(configuration["architecture"], f"architecture of {shown(name)} in plans.json")
    return configuration


def read_transpose(plans: Mapping) -> tuple[int, ...]:
    """Order in which the axes (z, y, x) of a scan become those of the network.

    Raises:
        ModelError: missing or not an order of three axes.
    """
    place = "transpose_forward in plans.json"
    order = entries(entry(plans, "transpose_forward", "plans.json"), place, 3)
    if sorted(whole(axis, place, 0, 2) for axis in order) != [0, 1, 2]:
        raise ModelError(f"{place} is not an order of the axes 0, 1, 2: {shown(order)}")
    return tuple(order)


def read_orientation(plans: Mapping) -> str | None:
    """Directions of the axes (z, y, x) that the reader of images turns a scan to; None: those of the file.

    Raises:
        ModelError: a reader that is not known here.
    """
    reader = plans.get("image_reader_writer", "SimpleITKIO")
    return READERS[one_of(reader, "image_reader_writer in plans.json", READERS)]


def read_sizes(configuration: Mapping) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Voxel size in mm and size of the patch in voxels, along the axes of the network.

    Raises:
        ModelError: missing, or not two or three numbers each.
    """
    patch = entries(entry(configuration, "patch_size", "plans.json"), "patch_size in plans.json")
    if len(patch) not in (2, 3):
        raise ModelError(f"patch_size in plans.json has {len(patch)} entries instead of 2 or 3.")
    spacing = entries(entry(configuration, "spacing", "plans.json"), "spacing in plans.json", len(patch))
    return (
        tuple(positive(size, "spacing in plans.json") for size in spacing),
        tuple(whole(size, "patch_size in plans.json", 1, 4096) for size in patch),
    )


def read_normalizations(plans: Mapping, configuration: Mapping, channels: int) -> tuple[Normalization, ...]:
    """Normalization of each channel.

    Raises:
        ModelError: another number of them than channels, a scheme that is not known, or missing CT statistics.
    """
    place = "normalization_schemes in plans.json"
    schemes = entries(entry(configuration, "normalization_schemes", "plans.json"), place, channels)
    masks = entries(configuration.get("use_mask_for_norm"), "use_mask_for_norm in plans.json", channels)
    return tuple(
        _normalization(plans, one_of(scheme, place, _SCHEMES), flag(mask, "use_mask_for_norm in plans.json"), channel)
        for channel, (scheme, mask) in enumerate(zip(schemes, masks, strict=True))
    )


def read_resampling(configuration: Mapping, spacing_mm: tuple[float, ...]) -> Resampling:
    """How images and logits are resampled.

    Raises:
        ModelError: a function or an argument that is not known here, or one that differs between the two ways.
    """
    image = _resampling(configuration, "resampling_fn_data")
    output = _resampling(configuration, "resampling_fn_probabilities")
    if (image is None) != (output is None):
        raise ModelError("resampling_fn_data and resampling_fn_probabilities in plans.json do not belong together.")
    if image is None:
        return Resampling(None, exact=True)
    if image[1:] != output[1:]:
        raise ModelError("The plan resamples images and results with different arguments, which is not supported.")
    return Resampling(spacing_mm, image[0], output[0], image[1], image[2], exact=True)


_SCHEMES = {
    "CTNormalization": None,
    "ZScoreNormalization": None,
    "NoNormalization": Normalization("none"),
    "RescaleTo01Normalization": Normalization("rescale"),
    "RGBTo01Normalization": Normalization("range", lower=0.0, upper=255.0, clip=False),
}
_CT_KEYS = {"lower": "percentile_00_5", "upper": "percentile_99_5", "mean": "mean", "deviation": "std"}
_SMALLEST_DEVIATION = 1e-8


def _normalization(plans: Mapping, scheme: str, masked: bool, channel: int) -> Normalization:
    if scheme == "ZScoreNormalization":
        return Normalization("z_score", inside_mask=masked)
    if scheme != "CTNormalization":
        return _SCHEMES[scheme]
    keys = ("foreground_intensity_properties_per_channel", "foreground_intensity_properties_by_modality")
    key = keys[0] if keys[0] in plans or keys[1] not in plans else keys[1]
    place = f'channel "{channel}" of {key}'
    by_channel = table(entry(plans, key, "plans.json"), key)
    statistics = table(entry(by_channel, str(channel), key), place)
    values = {key: number(entry(statistics, name, place), f"{name} of {place}") for key, name in _CT_KEYS.items()}
    if values["lower"] >= values["upper"]:
        raise ModelError(f"The percentiles of {place} are not in order.")
    return Normalization("ct", **{**values, "deviation": max(values["deviation"], _SMALLEST_DEVIATION)})


def _inherited(configurations: Mapping, name: str) -> dict:
    chain, merged = [], {}
    while name is not None:
        if not isinstance(name, str) or name not in configurations:
            raise ModelError(f'plans.json has no configuration "{shown(name)}".')
        if name in chain or len(chain) > _MOST_ANCESTORS:
            raise ModelError(f'The configuration "{shown(name)}" of plans.json inherits from itself.')
        chain.append(name)
        configuration = table(configurations[name], f'configuration "{shown(name)}" of plans.json')
        merged = {**configuration, **merged}
        name = configuration.get("inherits_from")
    return merged


def _old_architecture(configuration: Mapping) -> dict:
    """Architecture entry from plans of nnU-Net 2.0 to 2.3, which spread it over the configuration."""
    old = "plans.json (older form)"
    name = one_of(entry(configuration, "UNet_class_name", old), f"UNet_class_name in {old}", _OLD_CLASSES)
    blocks = entries(entry(configuration, "n_conv_per_stage_encoder", old), f"n_conv_per_stage_encoder in {old}")
    if len(blocks) > _MOST_ANCESTORS:
        raise ModelError(f"n_conv_per_stage_encoder in {old} has {len(blocks)} entries.")
    first = whole(entry(configuration, "UNet_base_num_features", old), f"UNet_base_num_features in {old}", 1, 8192)
    most = whole(entry(configuration, "unet_max_num_features", old), f"unet_max_num_features in {old}", 1, 8192)
    dimensions = len(read_sizes(configuration)[1])
    return {
        "network_class_name": name,
        "arch_kwargs": {
            "n_stages": len(blocks),
            "features_per_stage": [min(first * 2**level, most) for level in range(len(blocks))],
            "conv_op": f"torch.nn.modules.conv.Conv{dimensions}d",
            "kernel_sizes": entry(configuration, "conv_kernel_sizes", old),
            "strides": entry(configuration, "pool_op_kernel_sizes", old),
            _OLD_CLASSES[name]: blocks,
            "n_conv_per_stage_decoder": entry(configuration, "n_conv_per_stage_decoder", old),
            "conv_bias": True,
            "norm_op": f"torch.nn.modules.instancenorm.InstanceNorm{dimensions}d",
            "norm_op_kwargs": {"eps": 1e-5, "affine": True},
            "dropout_op": None,
            "nonlin": "torch.nn.LeakyReLU",
            "nonlin_kwargs": {"inplace": True},
        },
    }


def _resampling(configuration: Mapping, key: str) -> tuple[int, bool | None, int] | None:
    """Order of the spline, whether the coarse axis is apart, and the order along it; None: no resampling."""
    name = one_of(entry(configuration, key, "plans.json"), f"{key} in plans.json", RESAMPLING)
    place = f"{key}_kwargs in plans.json"
    options = table(configuration.get(f"{key}_kwargs", {}), place)
    unknown = sorted(set(options) - RESAMPLING[name])
    if unknown:
        raise ModelError(f'{place} has the argument "{shown(unknown[0])}", which is not known here.')
    for option, usual in _USUAL_OPTIONS.items():
        if options.get(option, usual) != usual:
            raise ModelError(f"{option} in {place} is not supported: {shown(options[option])}")
    if name == "no_resampling_hack":
        return None
    separate = options.get("force_separate_z", False if name == "resample_data_or_seg_to_shape" else None)
    if separate is not None:
        flag(separate, f"force_separate_z of {place}")
    if name == "resample_data_or_seg_to_shape":
        order, z_order = options.get("order", 3), options.get("order_z", 0)
        return whole(order, f"order of {place}", 0, 5), separate, whole(z_order, f"order_z of {place}", 0, 5)
    return 1, False if name == "resample_torch_simple" else separate, 0
