"""The registry: models, their versions and files, the names that point at them, and what they must pass."""
