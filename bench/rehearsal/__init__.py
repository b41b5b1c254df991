"""« Many machines » played on one, by ports: what docs/operations/ says, done and counted.

    deploy/rehearse failover --people 20 --seconds 30
    deploy/rehearse restore

The programs are Debian's, with the files of `deploy/`; only addresses, ports and folders differ.
"""
