"""Journal lines to cause to fix."""
