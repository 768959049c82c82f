"""Turn raw signals into clean, comparable ones."""
