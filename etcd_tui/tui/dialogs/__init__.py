"""Dialogs: each asks one thing and gives back one answer."""
