"""Training by several processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from DomainAdaptLib.training import ranks
from SegmentL3Lib.errors import UsageError
from training import ranks_training

ROOT = Path(__file__).parents[2]


def test_two_processes_learn_what_one_learns(tmp_path):
    (tmp_path / "alone").mkdir()
    alone = ranks_training.train(tmp_path / "alone").state_dict()
    path = os.pathsep.join(str(ROOT / name) for name in ("SegmentL3", "DomainAdapt"))
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2",
               ranks_training.__file__, str(tmp_path)]  # fmt: skip
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    together = [torch.load(tmp_path / f"{rank}-of-2", weights_only=True) for rank in range(2)]
    start = ranks_training.build().state_dict()
    for name, value in alone.items():
        assert torch.equal(together[0][name], together[1][name])
        assert torch.allclose(together[0][name], value, atol=1e-6)
        assert not torch.allclose(value, start[name], atol=1e-3)
    kept = [torch.load(folder / "checkpoint", weights_only=True) for folder in (tmp_path, tmp_path / "alone")]
    assert kept[0]["step"] == kept[1]["step"] == ranks_training.STEPS
    assert all(torch.allclose(kept[0]["network"][name], kept[1]["network"][name], atol=1e-6) for name in alone)


def test_one_process_needs_no_others():
    with ranks.joined("cpu"):
        network = ranks_training.build()
        assert ranks.shared(network) is network
        assert (ranks.count(), ranks.is_first(), ranks.share_of(6), ranks.sampler([1, 2])) == (1, True, 6, None)
        assert ranks.own_device("cuda") == torch.device("cuda")


def test_a_batch_that_cannot_be_divided_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(ranks, "count", lambda: 3)
    with pytest.raises(UsageError, match="batch of 4 cannot be divided among 3 processes"):
        ranks.share_of(4)
