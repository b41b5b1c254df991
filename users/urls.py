"""URLs of the sign-in, of the profile and of user files."""

from django.urls import include, path
from django.utils.translation import pgettext_lazy

from cse_portal.flows.views import flow_urls
from users import profile, sessions, sign_in, views
from users.flows import (
    CreateUserFile,
    EditUserFile,
    ReactivateUserFile,
    ResetPassword,
    SuspendUserFile,
)

sign_in_urls = [
    path(pgettext_lazy("address", "sign-in/"), sign_in.UserCodeView.as_view(), name="sign_in"),
    path(
        pgettext_lazy("address", "sign-in/password/"),
        sign_in.PasswordView.as_view(),
        name="password",
    ),
    path(pgettext_lazy("address", "sign-in/code/"), sign_in.CodeView.as_view(), name="code"),
    path(
        pgettext_lazy("address", "sign-in/new-code/"),
        sign_in.NewCodeView.as_view(),
        name="new_code",
    ),
    path(
        pgettext_lazy("address", "sign-in/own-password/"),
        sign_in.OwnPasswordView.as_view(),
        name="own_password",
    ),
    path(pgettext_lazy("address", "sign-out/"), sign_in.SignOutView.as_view(), name="sign_out"),
    path(
        pgettext_lazy("address", "signed-out/"),
        sign_in.SignedOutView.as_view(),
        name="signed_out",
    ),
    path(
        pgettext_lazy("address", "session-ended/"),
        sign_in.SessionEndedView.as_view(),
        name="session_ended",
    ),
    path("session/", sign_in.SessionView.as_view(), name="session"),
]
profile_urls = [
    path(pgettext_lazy("address", "profile/"), profile.ProfileView.as_view(), name="profile"),
    path(
        pgettext_lazy("address", "profile/sessions/"),
        sessions.SessionsView.as_view(),
        name="sessions",
    ),
    path(
        pgettext_lazy("address", "profile/contact/"), profile.ContactView.as_view(), name="contact"
    ),
    path(
        pgettext_lazy("address", "profile/password/"),
        profile.ChangePasswordView.as_view(),
        name="change_password",
    ),
    path(
        pgettext_lazy("address", "profile/email/"), profile.NewEmailView.as_view(), name="new_email"
    ),
    path(
        pgettext_lazy("address", "profile/email/code/"),
        profile.EmailCodeView.as_view(),
        name="email_code",
    ),
]
file_urls = [
    path(pgettext_lazy("address", "user-files/"), views.FilesView.as_view(), name="files"),
    path(
        pgettext_lazy("address", "user-files/<int:person>/"),
        views.FileView.as_view(),
        name="file",
    ),
    path(
        pgettext_lazy("address", "user-files/access-key/<uuid:receipt>/"),
        views.AccessKeyView.as_view(),
        name="access_key",
    ),
]

urlpatterns = [
    path("", include((sign_in_urls + profile_urls + file_urls, "users"))),
    path(pgettext_lazy("address", "user-files/create/"), include(flow_urls(CreateUserFile))),
    path(pgettext_lazy("address", "user-files/edit/"), include(flow_urls(EditUserFile))),
    path(pgettext_lazy("address", "user-files/suspend/"), include(flow_urls(SuspendUserFile))),
    path(
        pgettext_lazy("address", "user-files/reactivate/"),
        include(flow_urls(ReactivateUserFile)),
    ),
    path(pgettext_lazy("address", "user-files/new-password/"), include(flow_urls(ResetPassword))),
]
