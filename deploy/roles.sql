-- Once on a server, as its administrator; then: ALTER ROLE … PASSWORD for cse_owner and cse_login.
CREATE ROLE cse_owner LOGIN;
CREATE ROLE cse_web NOLOGIN NOINHERIT;
CREATE ROLE cse_across NOLOGIN NOINHERIT;
CREATE ROLE cse_login LOGIN NOINHERIT;
GRANT cse_web, cse_across TO cse_login;
CREATE DATABASE cse OWNER cse_owner;
REVOKE CONNECT ON DATABASE cse FROM PUBLIC;
GRANT CONNECT ON DATABASE cse TO cse_owner, cse_login;
