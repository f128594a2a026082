"""How good a mask is, estimated without anybody's drawing: Dice and area, each with an interval.

Nothing is imported here: ``own_references``, which the panel calls, does without torch.
"""
