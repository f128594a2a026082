"""How the scanner was set, as far as the file says it."""

import re

from ..results import QualityReason
from .limits import limit
from .reasons import CHECK, NOTE, reason
from .subject import Subject


def unusual_voltage(subject: Subject) -> QualityReason | None:
    """A tube voltage other than that for which cut-offs and densities were published."""
    kvp = subject.volume.acquisition.get("kvp")
    usual = limit("scanner", "kvp")
    if kvp is None or abs(float(kvp) - usual) <= limit("scanner", "kvp_tolerance"):
        return None
    far = abs(float(kvp) - usual) >= limit("scanner", "kvp_far")
    text = f"The tube voltage is {float(kvp):g} kV, not {usual:g} kV: densities shift, and areas a little."
    return reason("TUBE_VOLTAGE", CHECK if far else NOTE, text)


def sharp_kernel(subject: Subject) -> QualityReason | None:
    """A reconstruction kernel for bone or lung."""
    kernel = str(subject.volume.acquisition.get("convolution_kernel", "")).strip()
    if not kernel or not any(re.match(name, kernel, re.IGNORECASE) for name in limit("scanner", "sharp_kernels")):
        return None
    text = "The images were reconstructed with a sharp kernel: noise moves pixels out of the windows of CT numbers."
    return reason("SHARP_KERNEL", CHECK, text)
