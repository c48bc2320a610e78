"""The only place that changes anything: workers, events, run folder, locks."""
