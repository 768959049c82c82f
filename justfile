# `just check` runs what CI runs, in the environment at hand.

check: test lint

test:
    pytest -q

slow:
    pytest -q -m slow

lint:
    ruff format --check .
    ruff check .
    mypy
    lint-imports
