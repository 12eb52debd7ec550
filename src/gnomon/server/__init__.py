"""HTTP routes, live updates and the built UI."""
