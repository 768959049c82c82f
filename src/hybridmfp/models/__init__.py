"""Estimators that turn features into a score."""
