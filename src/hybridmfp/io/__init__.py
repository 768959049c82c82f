"""Read recordings and cohorts from files, and write them."""
