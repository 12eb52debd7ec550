"""`python -m gnomon` is the `gnomon` command."""

from gnomon.cli.main import main

if __name__ == "__main__":
    main()
