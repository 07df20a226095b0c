"""The command line: newswatch."""
