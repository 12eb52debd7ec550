"""Jobs: work that is asked for, the folder it lies in, and the process that looks after it."""
