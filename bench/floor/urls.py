"""The floor's one page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from bench.floor.models import Item


@login_required
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "page.html", {"item": Item.objects.get(owner=request.user.pk)})


urlpatterns = [path("page/", page)]
