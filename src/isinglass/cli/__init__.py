"""The command line. Nothing heavy is imported before a verb runs: `isinglass --help` answers at once."""
