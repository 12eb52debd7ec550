"""A process that runs what the server must not: frameworks and the code of users. See `gnomon.server.workers`."""
