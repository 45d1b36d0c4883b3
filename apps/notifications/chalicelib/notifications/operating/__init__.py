"""Tools of operators: channels, dead letters."""
