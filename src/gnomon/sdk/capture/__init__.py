"""What ran: command, code, packages, machine, environment and seeds, written down without being asked."""
