"""Leaderboard and comparison: pure functions on arrays."""
