"""The drill: one member is stopped on purpose, and what the others make of it is measured."""
