"""Models that answer over HTTP: small apps of their own, mounted in the server or run as a process."""
