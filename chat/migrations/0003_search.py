from django.db import migrations

# Beside Postgres alone: SQLite's index has a file of its own, see services/search/sqlite.py.
# Every search reads the list of what is not yet merged into GIN: at the default of 4 MB that was
# half of its time.
CREATE = """
CREATE TABLE chat_searchmeta (epoch text NOT NULL);
CREATE TABLE chat_searchcursor (
    room bigint PRIMARY KEY, change bigint NOT NULL, floor bigint NOT NULL
);
CREATE TABLE chat_searchdocument (
    key bigint PRIMARY KEY, room bigint NOT NULL, numbers integer[] NOT NULL
);
CREATE INDEX chat_searchdocument_room ON chat_searchdocument (room, key);
CREATE INDEX chat_searchdocument_numbers ON chat_searchdocument USING gin (numbers)
    WITH (gin_pending_list_limit = 256);
CREATE TABLE chat_searchspan (
    block bigint PRIMARY KEY, first bigint NOT NULL, last bigint NOT NULL
)
"""
DROP = """
DROP TABLE chat_searchmeta;
DROP TABLE chat_searchcursor;
DROP TABLE chat_searchdocument;
DROP TABLE chat_searchspan
"""


def run(statements):
    def on_postgres(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements.split(";"):
                schema_editor.execute(statement)

    return on_postgres


class Migration(migrations.Migration):
    dependencies = [("chat", "0002_pins_and_mutes")]

    operations = [migrations.RunPython(run(CREATE), run(DROP))]
