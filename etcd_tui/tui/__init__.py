"""The wizard: screens that read the engine's events and write the answers document."""
