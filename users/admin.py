"""User files in the admin, where officers create the first ESM of a company."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ChoiceField, ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from cse_portal.acting.permissions import Verb
from cse_portal.search.finding import Step
from cse_portal.search.keys import in_order
from cse_portal.search.people import people
from cse_portal.search.typed import Typed
from cse_portal.web.model_admin import OfficersAdmin
from users import actions
from users.forms import OfficersPasswordForm
from users.models import User

PERMISSIONS = _("Officer’s permissions")

admin.site.password_change_form = OfficersPasswordForm


class FileForm(ModelForm):
    """A user file, corrected under the same rules as by the company's ESMs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.company_id and "role" in self.fields:
            roles = [choice for choice in User.Role.choices if choice[0] != User.Role.OFFICER]
            self.fields["role"] = ChoiceField(label=self.fields["role"].label, choices=roles)

    def clean(self) -> dict[str, Any]:
        """In the admin's own transaction: the company stays locked until the file is saved."""
        data = super().clean() or {}
        if not (self.instance._state.adding or self.errors):
            before = actions.lock_for_officer(self.instance)
            role = data.get("role", before.role)
            is_active = data.get("is_active", before.is_active)
            if obstacle := actions.why_esm_must_stay(before, role=role, is_active=is_active):
                field = "role" if is_active else "is_active"
                self.add_error(field if field in self.fields else None, obstacle)
        return data


@admin.register(User)
class UserAdmin(OfficersAdmin):
    """The portal generates the user code and the temporary password, which is shown once."""

    list_display = ["user_code", "family_name", "first_name", "company", "role", "is_active"]
    list_filter = ["role", "is_active"]
    list_select_related = ["company"]
    search_fields = ["user_code", "family_name", "first_name", "email"]
    search_help_text = _(
        "A user code, an e-mail address, or names: “Tremblay, Marie”, the beginning or a part."
    )
    verb, add_verb = Verb.CORRECT_FILE, Verb.OPEN_FILE
    form = FileForm
    ordering = [in_order("family_name"), in_order("first_name"), "pk"]
    autocomplete_fields = ["company"]
    filter_horizontal = ["groups", "user_permissions"]
    readonly_fields = ["user_code", "created_at", "last_login", "temporary_password_expires_at"]
    fieldsets = [
        (None, {"fields": ["user_code", "company", "role", "is_active"]}),
        (
            _("Person"),
            {
                "fields": [
                    "family_name",
                    "first_name",
                    "email",
                    "telephone",
                    "extension",
                    "language",
                ]
            },
        ),
        (
            PERMISSIONS,
            {
                "classes": ["collapse"],
                "fields": ["is_superuser", "groups", "user_permissions"],
            },
        ),
        (
            _("History"),
            {"fields": ["created_at", "last_login", "temporary_password_expires_at"]},
        ),
    ]
    actions = ["give_temporary_password"]

    def search(self, rows: QuerySet, typed: Typed) -> Iterable[Step]:
        return people(rows, typed)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Permissions are officers' alone; a new officer gets those of groups, then others."""
        every = super().get_fieldsets(request, obj)
        if obj and obj.company_id:
            return [one for one in every if one[0] != PERMISSIONS]
        if obj is None:
            fields = {"fields": ["is_superuser", "groups"], "classes": ["collapse"]}
            return [(PERMISSIONS, fields) if one[0] == PERMISSIONS else one for one in every]
        return every

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """The company never changes: proxies and receipts depend on it. Officers stay officers."""
        fixed = list(super().get_readonly_fields(request, obj))
        if obj is not None:
            fixed += ["company"] if obj.company_id else ["company", "role"]
        return fixed

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Permissions with what they are about, which each is shown with: all in two queries.

        With `select_related`, Django would fetch them through a cursor, which takes four.
        """
        if db_field.name == "user_permissions":
            kwargs["queryset"] = Permission.objects.prefetch_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: Any, obj: User, form: ModelForm, change: bool) -> None:
        columns = {field.name for field in self.opts.concrete_fields}
        if not change:
            obj.temporary_password = actions.open_file(obj, by=request.user)
        elif corrected := [name for name in form.changed_data if name in columns]:
            actions.correct_file(obj, by=request.user, corrected=corrected)

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the temporary password in this response only: no session or log contains it."""
        return self.show_once(request, obj, obj.temporary_password)

    @admin.action(description=_("Give a new temporary password (one person)"))
    def give_temporary_password(
        self, request: Any, queryset: QuerySet[User]
    ) -> HttpResponse | None:
        if not self.has_change_permission(request):
            raise PermissionDenied
        people = list(queryset[:2])
        if len(people) != 1:
            self.message_user(request, _("Choose one person."), "error")
            return None
        with transaction.atomic():
            password = actions.give_temporary_password(people[0], by=request.user)
            person = User.objects.get(pk=people[0].pk)
            self.log_change(request, person, str(_("New temporary password.")))
        return self.show_once(request, person, password)

    def show_once(self, request: HttpRequest, person: User, password: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("User code and temporary password"),
            "person": person,
            "password": password,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/users/user/access_key.html", context)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Files are suspended, never deleted: the history refers to them."""
        return False


admin.site.unregister(Group)


@admin.register(Group)
class OfficersGroupAdmin(OfficersAdmin, GroupAdmin):
    """The groups of officers, with their permissions in the admin."""

    verb = Verb.CHANGE_OFFICERS_GROUPS
    is_small = True
