"""Spec and Facts to a Plan: pure; same input, same plan."""
