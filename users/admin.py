"""People, for officers: a new company's first ESM is made here."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from users import actions
from users.models import User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """User code and temporary password are made by the portal, and shown once."""

    list_display = ["user_code", "family_name", "first_name", "company", "role", "is_active"]
    list_filter = ["role", "is_active"]
    list_select_related = ["company"]
    search_fields = ["user_code", "family_name__unaccent", "first_name__unaccent", "company__name"]
    ordering = ["family_name", "first_name"]
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
            _("Officer’s permissions"),
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

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.set_unusable_password()
            actions.save_with_new_code(obj)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: Any = None) -> Any:
        """The temporary password enters no session nor log: it is in this one answer."""
        return self.shown_once(request, obj, actions.renew_temporary_password(obj))

    @admin.action(description=_("Give a new temporary password (one person)"))
    def give_temporary_password(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        if not self.has_change_permission(request):
            raise PermissionDenied
        people = list(queryset[:2])
        if len(people) != 1:
            self.message_user(request, _("Choose one person."), "error")
            return None
        with transaction.atomic():
            person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=people[0].pk)
            password = actions.renew_temporary_password(person)
            self.log_change(request, person, str(_("New temporary password.")))
        return self.shown_once(request, person, password)

    def shown_once(self, request: HttpRequest, person: User, password: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("User code and temporary password"),
            "person": person,
            "password": password,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/users/user/access_key.html", context)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A person's acts stay his: files are suspended, not deleted."""
        return False
