"""Tests of registered versions: what a model makes of rows that it is judged by, of any input, and of harm done to it."""
