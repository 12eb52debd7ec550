"""One file per framework or dialect, strangers to one another."""
