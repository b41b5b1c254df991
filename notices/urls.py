"""URLs of messages and of the account's history."""

from django.urls import path
from django.utils.translation import pgettext_lazy

from notices import views

app_name = "notices"
urlpatterns = [
    path(pgettext_lazy("address", "messages/"), views.MessagesView.as_view(), name="messages"),
    path(
        pgettext_lazy("address", "messages/<int:pk>/"), views.MessageView.as_view(), name="message"
    ),
    path(pgettext_lazy("address", "history/"), views.HistoryView.as_view(), name="history"),
    path(
        pgettext_lazy("address", "history/file/"),
        views.HistoryFileView.as_view(),
        name="history_file",
    ),
]
