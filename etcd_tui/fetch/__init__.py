"""Release archives on the operator's machine: where they come from, and whether they are right."""
