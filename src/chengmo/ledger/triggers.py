"""What makes a table append only, in each database's own words."""


def append_only(table: str, dialect: str) -> list[str]:
    """Return the statements after which `table` refuses UPDATE and DELETE.

    Args:
        table: Name of one of the platform's own tables; never a caller's text.
        dialect: `sqlite` or `postgresql`.
    """
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append only'); END"
            for action in ("UPDATE", "DELETE")
        ]
    refuse = f"EXECUTE FUNCTION {table}_refuse()"
    body = f"BEGIN RAISE EXCEPTION '{table} is append only'; END"
    rows = f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}"
    whole = f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}"
    return [
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"CREATE TRIGGER {table}_append_only {rows}",
        f"CREATE TRIGGER {table}_no_truncate {whole}",
    ]
