"""Recipes that make the shipped models again, and the packages that they are shipped in."""
