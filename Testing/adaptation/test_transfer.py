"""Weights by name and shape, and what is said of the rest."""

import pytest
import torch
from torch import nn

from DomainAdaptLib.adaptation.transfer import transfer_weights
from SegmentL3Lib.errors import ModelError


def test_what_fits_is_taken_over_and_the_rest_is_named():
    old = nn.ModuleDict({"body": nn.Conv2d(1, 4, 3), "head": nn.Conv2d(4, 2, 1), "extra": nn.Conv2d(1, 1, 1)})
    new = nn.ModuleDict({"body": nn.Conv2d(1, 4, 3), "head": nn.Conv2d(4, 5, 1), "more": nn.Conv2d(2, 2, 1)})
    own_head = new["head"].weight.clone()
    transfer = transfer_weights(new, old.state_dict())
    assert torch.equal(new["body"].weight, old["body"].weight)
    assert torch.equal(new["head"].weight, own_head)
    assert transfer.taken == ("body.weight", "body.bias")
    assert transfer.other_shape == ("head.weight", "head.bias")
    assert transfer.missing == ("more.weight", "more.bias") and transfer.unused == ("extra.weight", "extra.bias")
    assert transfer.sentence().startswith("2 of 6 weights") and "head.weight" in transfer.sentence()


def test_a_network_without_anything_in_common_is_refused():
    with pytest.raises(ModelError, match="None of the weights"):
        transfer_weights(nn.Conv2d(1, 1, 1), nn.ModuleDict({"a": nn.Conv2d(2, 2, 1)}).state_dict())
