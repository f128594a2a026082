"""Experiments: what is known from the literature, tried on our own data."""
