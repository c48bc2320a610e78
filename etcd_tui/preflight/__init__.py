"""Reasons not to start: one small check each."""
