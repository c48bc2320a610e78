"""Why a step is taken and what the words mean: the texts of wizard and runbook."""
