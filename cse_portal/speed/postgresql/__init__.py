"""The connection of `cse_portal.companies.postgresql`, with statements that it prepares once."""
