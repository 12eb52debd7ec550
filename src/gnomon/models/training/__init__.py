"""Training a graph as an ordinary run: what is asked for, the program that does it, and the same as a plain script."""
