"""Spec to text: every file that is written on a host."""
