"""The list of proxies: what its address names is read with care."""

import pytest
from django.urls import reverse

from tests import factories as make


@pytest.mark.parametrize("key", ["9" * 5_000, "1" * 40, "-1", "abc", "", "٣"])
@pytest.mark.parametrize("button", ["assign", "change"])
def test_a_key_of_no_proxy_is_answered_with_what_to_do(visitor, key, button):
    esm = make.an_esm()
    make.a_proxy(mandator=esm.company)
    visitor.sign_in(esm)
    page = visitor.read(f"{reverse('proxies:list')}?proxy={key}&{button}=1")
    assert "Choisissez une procuration en vigueur dans la liste." in page
