"""Generate cohorts that contain no patient."""
