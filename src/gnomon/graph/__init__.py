"""The canvas document, its components, checks and code."""
