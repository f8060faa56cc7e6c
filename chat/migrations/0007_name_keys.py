from django.db import migrations

# What looks alike is told by Unicode's tables now. Whoever was here last comes first; nobody
# loses a name. Names made by the version before, while both run, follow at their next visit
# (`services.people.touch`).


def renew(apps, schema_editor):
    from chat.services.people import mend_key

    User = apps.get_model("chat", "User")
    people = User.objects.exclude(name_key=None).only("pk", "nickname", "name_key")
    for user in people.order_by("-seen_at").iterator(chunk_size=1_000):
        mend_key(user)


class Migration(migrations.Migration):
    dependencies = [("chat", "0006_board_title")]

    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
