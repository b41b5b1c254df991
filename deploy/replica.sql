-- Once, on the primary, as its administrator: the role by which standbys copy it, and come back to it (pg_rewind).
-- Then: ALTER ROLE … PASSWORD (docs/operations/many-machines.md).
CREATE ROLE cse_replica LOGIN REPLICATION;
GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean),
    pg_stat_file(text, boolean),
    pg_read_binary_file(text),
    pg_read_binary_file(text, bigint, bigint, boolean) TO cse_replica;
