-- On a server, as its administrator; then the passwords of cse_owner and cse_login (docs/operations.md). Run again, it
-- makes what a later version adds, and says of the rest that it is there.
CREATE ROLE cse_owner LOGIN;
CREATE ROLE cse_web NOLOGIN NOINHERIT;
CREATE ROLE cse_across NOLOGIN NOINHERIT;
-- The processes connect as one of these two. The other one is locked, until it takes over with a new password.
CREATE ROLE cse_login LOGIN NOINHERIT;
CREATE ROLE cse_login_b NOLOGIN NOINHERIT;
GRANT cse_web, cse_across TO cse_login, cse_login_b;
CREATE DATABASE cse OWNER cse_owner;
REVOKE CONNECT ON DATABASE cse FROM PUBLIC;
GRANT CONNECT ON DATABASE cse TO cse_owner, cse_login, cse_login_b;
