"""Judge any estimator honestly."""
