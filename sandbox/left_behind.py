"""What a simulation leaves in its database, for a service that is given it by mistake."""

from django.contrib.auth.hashers import check_password

from cse_portal.companies.tenancy import across_companies
from cse_portal.models import Company
from sandbox.demo_companies import COMPANIES, OFFICER, PASSWORD
from users.models import User


def what_the_demo_left() -> list[str]:
    """The demo's companies by number, and by user code its people with the published password.

    A company of the same number and another name is somebody else's. Raises DatabaseError.
    """
    names = {company.number: company.name for company in COMPANIES}
    codes = [OFFICER, *(person.user_code for company in COMPANIES for person in company.people)]
    with across_companies(because="a service opens to nobody whose password is published"):
        companies = Company.objects.filter(identification_number__in=names).order_by("pk")
        numbers = dict(companies.values_list("identification_number", "name"))
        people = User.objects.filter(user_code__in=codes).order_by("pk")
        passwords = dict(people.values_list("user_code", "password"))
    return [
        *(number for number, name in numbers.items() if name == names[number]),
        *(code for code, password in passwords.items() if check_password(PASSWORD, password)),
    ]
