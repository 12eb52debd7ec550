"""Leaderboards, runs and charts as they show in a notebook: live where a widget can be, and static everywhere."""
