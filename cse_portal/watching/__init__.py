"""What an operator sees of the processes: figures, an access log, traces, errors."""
