"""What every call of the generated Python client needs."""

import os
import uuid

from tollgate_client import ApiClient, ApiException, Configuration, Problem

# A write may take 45 s: a client that gives up earlier does not know the outcome.
TIMEOUT_SECONDS = 45.0


def client(key, url="TOLLGATE_URL"):
    # urllib3 would repeat PUT and DELETE by itself, and sleep for as long as Retry-After asks.
    configuration = Configuration(host=os.environ[url], access_token=key, retries=False)
    return ApiClient(configuration)


def new_key():
    return str(uuid.uuid4())


def header(response, name):
    """The generated client keeps headers in a dictionary that is case-sensitive, which HTTP is not."""
    return next((text for key, text in response.headers.items() if key.lower() == name.lower()), "")


def replayed(response):
    return header(response, "Idempotent-Replayed") == "true"


def failure_of(call, **arguments):
    """The exception of a call that must fail."""
    try:
        call(**arguments, _request_timeout=TIMEOUT_SECONDS)
    except ApiException as failure:
        return failure
    raise AssertionError("expected a problem")


def problem_of(failure):
    """The problem of a failed call, or None where the response was none of the gateway's."""
    return failure.data if isinstance(failure.data, Problem) else None
