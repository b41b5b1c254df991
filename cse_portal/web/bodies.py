"""How large a request's body may be: whoever receives one counts by this."""

#: bytes: a proxy assigned to five thousand people is a hundred thousand
LONGEST_BODY = 1024 * 1024
