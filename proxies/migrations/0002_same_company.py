"""Composite foreign keys: a right or an assignment can't straddle two companies or ministries."""

from django.db import migrations


def composite_key(table: str, name: str, columns: str, target: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        sql=f"ALTER TABLE {table} ADD CONSTRAINT {name} "
        f"FOREIGN KEY ({columns}) REFERENCES {target}",
        reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("proxies", "0001_initial"),
        ("registrations", "0001_initial"),
        ("users", "0001_initial"),
    ]
    operations = [
        composite_key(
            "proxies_accessright",
            "access_right_is_of_the_mandators_proxy",
            "proxy_id, mandator_id",
            "proxies_proxy (id, mandator_id)",
        ),
        composite_key(
            "proxies_accessright",
            "access_right_is_of_the_mandators_registration",
            "registration_id, mandator_id",
            "registrations_registration (id, company_id)",
        ),
        composite_key(
            "proxies_accessright",
            "access_right_is_of_the_registrations_ministry",
            "registration_id, ministry_id",
            "registrations_registration (id, ministry_id)",
        ),
        composite_key(
            "proxies_tickedservice",
            "ticked_service_is_of_the_rights_ministry",
            "access_right_id, ministry_id",
            "proxies_accessright (id, ministry_id)",
        ),
        composite_key(
            "proxies_tickedservice",
            "ticked_service_is_offered_by_the_ministry",
            "service_id, ministry_id",
            "registrations_service (id, ministry_id)",
        ),
        composite_key(
            "proxies_assignment",
            "assignment_is_made_by_the_holder",
            "proxy_id, company_id",
            "proxies_proxy (id, holder)",
        ),
        composite_key(
            "proxies_assignment",
            "assignment_is_for_the_proxys_mandator",
            "proxy_id, mandator_id",
            "proxies_proxy (id, mandator_id)",
        ),
        composite_key(
            "proxies_assignment",
            "assignment_is_to_a_user_of_the_holder",
            "user_id, company_id",
            "users_user (id, company_id)",
        ),
    ]
