"""Soft decision tree of Frosst and Hinton (2017): inner nodes are logistic units, leaves are distributions."""

import math

import torch
from torch import nn
from torch.nn import functional


class SoftDecisionTree(nn.Module):
    """A complete binary tree; all inner nodes are one linear layer, in rows from the top.

    Args:
        features: figures of a sample.
        classes: classes to tell apart.
        depth: decisions from the top to a leaf.
    """

    def __init__(self, features: int, classes: int, depth: int):
        super().__init__()
        self.depth = depth
        self.nodes = nn.Linear(features, 2**depth - 1)
        self.leaves = nn.Parameter(0.1 * torch.randn(2**depth, classes))

    def reached(self, features: torch.Tensor) -> tuple[torch.Tensor, list[tuple[torch.Tensor, torch.Tensor]]]:
        """Probability of each leaf, (samples, leaves), and for each level the probability of its nodes and of right."""
        right = torch.sigmoid(self.nodes(features))
        reached, levels = features.new_ones(len(features), 1), []
        for level in range(self.depth):
            share = right[:, 2**level - 1 : 2 ** (level + 1) - 1]
            levels.append((reached, share))
            reached = torch.stack([reached * (1 - share), reached * share], -1).flatten(1)
        return reached, levels

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Distribution at the most probable leaf, (samples, classes), which is what the tree answers."""
        return self.leaves.softmax(1)[self.reached(features)[0].argmax(1)]

    def loss(self, features: torch.Tensor, targets: torch.Tensor, penalty: float) -> torch.Tensor:
        """Cross entropy of each leaf with the targets, weighted by the way to it, plus the penalty of unused branches.

        The penalty is the cross entropy of the mean share that goes right at a node with one half, each level with half
        the strength of the one above.

        Args:
            features: (samples, features).
            targets: probability of each class, (samples, classes).
            penalty: its strength.
        """
        reached, levels = self.reached(features)
        cross_entropy = -targets @ functional.log_softmax(self.leaves, 1).t()
        unused = features.new_zeros(())
        for level, (nodes, right) in enumerate(levels):
            share = (nodes * right).sum(0) / nodes.sum(0).clamp(min=1e-6)
            share = share.clamp(1e-4, 1 - 1e-4)
            unused = unused - 2.0**-level * 0.5 * (torch.log(share) + torch.log(1 - share)).sum()
        return (reached * cross_entropy).sum(1).mean() + penalty * unused


def train_tree(
    features: torch.Tensor,
    targets: torch.Tensor,
    *,
    depth: int,
    steps: int,
    batch: int,
    rate: float,
    penalty: float,
    seed: int,
) -> SoftDecisionTree:
    """Train a tree with Adam and a cosine schedule; the same seed gives the same first weights and the same batches.

    Args:
        features: scaled figures, (samples, features).
        targets: probability of each class, (samples, classes).
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    tree = SoftDecisionTree(features.shape[1], targets.shape[1], depth)
    optimizer = torch.optim.Adam(tree.parameters(), rate)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        chosen = torch.randint(len(features), (batch,), generator=generator)
        loss = tree.loss(features[chosen], targets[chosen], penalty)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return tree.eval()
