"""Recipes and the bench of the quality that the pipeline estimates of its own results."""
