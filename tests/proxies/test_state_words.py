"""The state of a proxy is said in the model's words; only one in force looks well."""

import re

import pytest
from django.utils.translation import override

from cse_portal import clock
from proxies.models import Proxy
from proxies.templatetags.proxy_state import proxy_state
from tests import factories as make

pytestmark = pytest.mark.django_db
State = Proxy.State


def a_proxy_that_is(state):
    proxy = make.a_proxy(agent=make.a_company())
    if state == State.EXPIRED:
        proxy.ends_on = clock.years_after(clock.today(), -1)
    elif state != State.IN_FORCE:
        setattr(proxy, "revoked_at" if state == State.REVOKED else "renounced_at", clock.now())
    return proxy


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("state", State)
def test_a_state_is_said_as_the_model_names_it(state, language):
    proxy = a_proxy_that_is(state)
    assert proxy.state == state
    with override(language):
        said = re.search(r'class="tag ([^"]*)">([^<]*)</span>', proxy_state(proxy))
        assert said is not None
        assert said[1] == ("tag-ok" if state == State.IN_FORCE else "tag-off")
        assert said[2] == str(state.label)
