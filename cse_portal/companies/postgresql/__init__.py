"""PostgreSQL that is told, before each statement, which company's rows it may show."""
