"""Addresses that only a simulation has."""

from django.urls import path
from django.utils.translation import pgettext_lazy

from sandbox import views

app_name = "sandbox"
urlpatterns = [
    path(pgettext_lazy("address", "mailbox/"), views.MailboxView.as_view(), name="mailbox"),
    path(pgettext_lazy("address", "mailbox/<int:pk>/"), views.EmailView.as_view(), name="email"),
    path(
        pgettext_lazy("address", "answer/<int:registration>/"),
        views.AnswerView.as_view(),
        name="answer",
    ),
]
