"""URLs that exist only in a simulation."""

from django.urls import include, path
from django.utils.translation import pgettext_lazy

from sandbox import component_page, views

app_name = "sandbox"
simulation = [
    path(pgettext_lazy("address", "mailbox/"), views.MailboxView.as_view(), name="mailbox"),
    path(pgettext_lazy("address", "mailbox/<int:pk>/"), views.EmailView.as_view(), name="email"),
    path(
        pgettext_lazy("address", "mailbox/<int:pk>/letter/"),
        views.EmailHTMLView.as_view(),
        name="email_html",
    ),
    path(
        pgettext_lazy("address", "answer/<int:registration>/"),
        views.AnswerView.as_view(),
        name="answer",
    ),
]
components = [
    path("", component_page.ComponentsView.as_view(), name="components"),
    path(
        pgettext_lazy("address", "error/<slug:code>/"),
        component_page.ErrorExampleView.as_view(),
        name="error_example",
    ),
]
urlpatterns = [
    path(pgettext_lazy("address", "simulation/"), include(simulation)),
    path(pgettext_lazy("address", "components/"), include(components)),
]
