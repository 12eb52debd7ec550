"""The components that come with gnomon, one file each (or one file for a few that differ in a word)."""
