"""The version of the form of answers files."""

from __future__ import annotations

FORM = 1
"""Grows when a file of the form before would be read as something else."""
