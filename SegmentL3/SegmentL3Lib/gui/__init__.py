"""Helpers of the module panel, one class a file. Those that need Qt say so by importing qt."""
