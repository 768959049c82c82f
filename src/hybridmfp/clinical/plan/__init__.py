"""The therapy plan: rules as data, matched to a patient; a therapist edits and signs."""
