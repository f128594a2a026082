"""Recipes that make the shipped models again, and the figures that tell how good they are."""
