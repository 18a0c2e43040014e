"""The steps of the scenario in which the network, a balancer or the gateway is in trouble."""

import os

import urllib3
from calls import TIMEOUT_SECONDS, client, failure_of, new_key, problem_of, replayed

from tollgate_client import ImportToken, ImportTokensDto, TokensApi, UpdateVoucherGroupDto

GROUP = "324673248"
USER = "938029"

# Far below what a service allows: the response of the aborted call never comes.
ABORT_SECONDS = 2.0


class Troubles:
    def __init__(self, scenario):
        self.scenario = scenario

    def cut_without_key(self):
        """These writes may be repeated without a key, by the caller alone: the HTTP library must not do it as well."""
        entitlements, vouchers = self.scenario.entitlements, self.scenario.vouchers
        change = UpdateVoucherGroupDto(title="Renamed")
        calls = [
            lambda: entitlements.grant_entitlement(USER, "1337", _request_timeout=TIMEOUT_SECONDS),
            lambda: entitlements.revoke_entitlement(USER, "1337", _request_timeout=TIMEOUT_SECONDS),
            lambda: vouchers.update_voucher_group(GROUP, change, _request_timeout=TIMEOUT_SECONDS),
        ]
        lost = [(lost_response(call), lost_response(call)) for call in calls]
        return {
            "raised": sum(first for first, _ in lost),
            "repeated": sum(not second for _, second in lost),
        }

    def abort(self):
        """An aborted write may have been executed: the same key finds out."""
        key, handout, vouchers = new_key(), self.scenario.handout, self.scenario.vouchers
        aborted = lost_response(lambda: vouchers.hand_out_voucher(key, handout, _request_timeout=ABORT_SECONDS))
        response = vouchers.hand_out_voucher_with_http_info(key, handout, _request_timeout=TIMEOUT_SECONDS)
        return {"aborted": aborted, "handedOut": response.data.handed_out, "replayed": replayed(response)}

    def idle_connection(self):
        key = new_key()
        done = self.scenario.repeat_without_response(
            lambda: self.scenario.entitlements.grant_entitlement(
                USER, "1337", idempotency_key=key, _request_timeout=TIMEOUT_SECONDS
            )
        )
        return {"granted": done.granted}

    def refused_requests(self):
        problems = []
        for _ in range(5):
            failure = failure_of(
                self.scenario.vouchers.hand_out_voucher,
                idempotency_key=new_key(),
                hand_out_voucher_dto=self.scenario.handout,
            )
            problems.append(f"{failure.status} {problem_of(failure).code}")
        return {"problems": problems}

    def hours(self):
        """The caller decides about a wait: no call sleeps by itself."""
        entitlements = self.scenario.entitlements
        read = {"call": entitlements.check_entitlement, "user_id": USER, "product_id": "1337"}
        write = {**read, "call": entitlements.grant_entitlement, "idempotency_key": new_key()}
        failures = [failure_of(**arguments) for arguments in (read, read, write, write)]
        return {"waits": [f"{each.status} {problem_of(each).retry_after_seconds}" for each in failures]}

    def nulls(self):
        """Which resources are readable when all members are null that may be."""
        scenario = self.scenario
        found = {
            "operation": scenario.operations.get_operation(scenario.handout_id).outcome,
            "group": scenario.vouchers.get_voucher_group(GROUP).title,
            "entitlement": scenario.entitlements.list_entitlements(USER).items[0].order_id,
            "migration": scenario.migrations.get_migration(scenario.migration_id).items,
        }
        return {"nulls": [name for name, value in found.items() if value is None]}

    def first_post(self):
        tokens_api = TokensApi(client(os.environ["TOLLGATE_KEY"], "TOLLGATE_DIRECT_URL"))
        body = ImportTokensDto(tokenName="newsletter", tokens=[ImportToken("b")])
        done = tokens_api.import_tokens(new_key(), body, _request_timeout=TIMEOUT_SECONDS)
        return {"imported": done.imported}


def lost_response(call):
    """Whether the call ends without a response of anything."""
    try:
        call()
    except urllib3.exceptions.HTTPError:
        return True
    return False
