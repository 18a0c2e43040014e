"""The scenario of clients/scenario.steps.ts with the generated Python client."""

import os
import time
from datetime import datetime, timedelta, timezone

import urllib3
from calls import TIMEOUT_SECONDS, client, failure_of, header, new_key, problem_of, replayed
from report import step
from troubles import Troubles

from tollgate_client import (
    ApiException,
    CreateMigrationDto,
    CreateVoucherGroupDto,
    EntitlementFilter,
    EntitlementsApi,
    HandOutVoucherDto,
    ImportToken,
    ImportTokensDto,
    MigrationsApi,
    NewVoucherGroupType,
    OperationsApi,
    TokensApi,
    VouchersApi,
)

GROUP = "324673248"
PRODUCT = "301694"
USER = "938029"


class Scenario:
    def __init__(self):
        api = client(os.environ["TOLLGATE_KEY"])
        self.entitlements = EntitlementsApi(api)
        self.vouchers = VouchersApi(api)
        self.migrations = MigrationsApi(api)
        self.operations = OperationsApi(api)
        self.tokens_api = TokensApi(api)
        self.handout = HandOutVoucherDto(userId=USER, voucherGroupId=GROUP)
        self.key = new_key()
        self.handout_id = ""
        self.migration_id = ""

    def check(self):
        return {"granted": self.entitlements.check_entitlement(USER, PRODUCT).granted}

    def grant(self):
        granted = self.entitlements.grant_entitlement(
            USER, PRODUCT, idempotency_key=new_key(), _request_timeout=TIMEOUT_SECONDS
        )
        return {"granted": granted.granted, "productId": granted.product_id}

    def list(self):
        status = [EntitlementFilter.ACTIVE, EntitlementFilter.EXPIRED]
        found = self.entitlements.list_entitlements(USER, status=status)
        return {"productIds": [item.product_id for item in found.items]}

    def hand_out(self):
        response = self.vouchers.hand_out_voucher_with_http_info(
            self.key, self.handout, _request_timeout=TIMEOUT_SECONDS
        )
        self.handout_id = response.data.id
        path = f"/v1/voucher-handouts/{self.handout_id}"
        return {
            "handedOut": response.data.handed_out,
            "replayed": replayed(response),
            "location": header(response, "Location").endswith(path),
        }

    def hand_out_again(self):
        response = self.vouchers.hand_out_voucher_with_http_info(
            self.key, self.handout, _request_timeout=TIMEOUT_SECONDS
        )
        return {"sameId": response.data.id == self.handout_id, "replayed": replayed(response)}

    def lost_response(self):
        failure = failure_of(
            self.entitlements.grant_entitlement, user_id=USER, product_id="10111", idempotency_key=new_key()
        )
        problem = problem_of(failure)
        # The outcome is unknown: the write is not sent again, its operation is read until it is final.
        operation = self.wait_for_outcome(problem.operation_id)
        return {
            "status": problem.status,
            "code": problem.code,
            "outcome": problem.outcome,
            "state": operation.state,
            "finalOutcome": operation.outcome,
        }

    # docs:outcome-begin
    def wait_for_outcome(self, operation_id):
        while True:
            operation = self.operations.get_operation(operation_id)
            if operation.state not in ("unknown", "running"):
                return operation
            # Short for this scenario: a service begins with 2 s and doubles it.
            time.sleep(0.1)

    # docs:outcome-end

    def cut_connection(self):
        # docs:handout-begin
        key = new_key()
        response = self.repeat_without_response(
            lambda: self.vouchers.hand_out_voucher_with_http_info(
                key, self.handout, _request_timeout=TIMEOUT_SECONDS
            )
        )
        # docs:handout-end
        return {"handedOut": response.data.handed_out, "replayed": replayed(response)}

    def cut_grant(self):
        key = new_key()
        response = self.repeat_without_response(
            lambda: self.entitlements.grant_entitlement_with_http_info(
                USER, "10117", idempotency_key=key, _request_timeout=TIMEOUT_SECONDS
            )
        )
        return {"granted": response.data.granted, "replayed": replayed(response)}

    # docs:repeat-begin
    def repeat_without_response(self, call):
        """No response: the same request with the same key never executes twice."""
        try:
            return call()
        except urllib3.exceptions.HTTPError:
            return call()

    # docs:repeat-end

    def sold_out(self):
        body = CreateVoucherGroupDto(title="Sold out", type=NewVoucherGroupType.CAMPAIGN)
        created = self.vouchers.create_voucher_group_with_http_info(
            new_key(), body, _request_timeout=TIMEOUT_SECONDS
        )
        handout = HandOutVoucherDto(userId=USER, voucherGroupId=created.data.id)
        problem = problem_of(
            failure_of(self.vouchers.hand_out_voucher, idempotency_key=new_key(), hand_out_voucher_dto=handout)
        )
        return {
            "created": header(created, "Location").endswith(f"/v1/voucher-groups/{created.data.id}"),
            "status": problem.status,
            "code": problem.code,
            "outcome": problem.outcome,
        }

    def invalid(self):
        body = CreateMigrationDto(
            sourceTool="wordpress", destinationInstanceUrl="https://user:password@acme.example/"
        )
        failure = failure_of(
            self.migrations.create_migration, idempotency_key=new_key(), create_migration_dto=body
        )
        problem = problem_of(failure)
        [error] = problem.errors
        return {"status": problem.status, "code": problem.code, "pointer": error.pointer}

    def rate_limit(self):
        limited = EntitlementsApi(client(os.environ["TOLLGATE_LIMITED_KEY"]))
        for _ in range(5):
            try:
                limited.check_entitlement(USER, PRODUCT)
            except ApiException as failure:
                problem = problem_of(failure)
                return {
                    "status": problem.status,
                    "code": problem.code,
                    "waits": problem.retry_after_seconds > 0,
                    "sameAsHeader": failure.headers["Retry-After"] == str(problem.retry_after_seconds),
                }
        raise AssertionError("five calls were not limited")

    def html_502(self):
        failure = failure_of(self.vouchers.get_voucher_group, id=GROUP)
        return {"status": failure.status, "problem": problem_of(failure) is not None}

    def new_words(self):
        found = self.entitlements.list_entitlements(USER)
        operation = self.operations.get_operation(self.handout_id)
        problem = problem_of(failure_of(self.vouchers.get_voucher_group, id="999"))
        return {
            "entitlement": found.items[0].status,
            "state": operation.state,
            "kind": operation.kind,
            "outcome": operation.outcome,
            "problem": problem.code,
        }

    def tokens(self):
        tokens = [ImportToken(2**31), ImportToken(2**53 - 1), ImportToken("a")]
        body = ImportTokensDto(tokenName="newsletter", tokens=tokens)
        done = self.tokens_api.import_tokens(new_key(), body, _request_timeout=TIMEOUT_SECONDS)
        return {"imported": done.imported}

    def pages(self):
        now = datetime.now(timezone(timedelta(hours=2)))
        filters = {"var_from": now - timedelta(hours=1), "to": now + timedelta(hours=1), "limit": 2}
        first = self.operations.list_operations(**filters)
        second = self.operations.list_operations(**filters, cursor=first.next_cursor)
        ids = {operation.id for operation in first.items + second.items}
        return {"first": len(first.items), "second": len(second.items), "distinct": len(ids)}

    def group_pages(self):
        pages, cursor = [], None
        while cursor is not None or not pages:
            page = self.vouchers.list_voucher_groups(limit=1, cursor=cursor)
            pages.append([group.id for group in page.items])
            cursor = page.next_cursor
        ids = [id for page in pages for id in page]
        return {"several": len(pages) > 1, "distinct": len(set(ids)) == len(ids) > 1}

    def migrate(self):
        body = CreateMigrationDto(sourceTool="wordpress", destinationUsername="client@example.com")
        started = self.migrations.create_migration(new_key(), body, _request_timeout=TIMEOUT_SECONDS)
        self.migration_id = started.id
        migration = self.migrations.get_migration(started.id)
        return {"started": started.redirect_url != "", "sameId": migration.id == started.id}

    def events(self):
        latest = self.migrations.list_migration_events(self.migration_id).items[-1]
        return {"status": latest.status, "isOurs": latest.migration_id == self.migration_id}

    def counts(self):
        return {"contacts": self.migrations.get_migration(self.migration_id).items["contacts"]}


def main():
    scenario = Scenario()
    troubles = Troubles(scenario)
    step("check", scenario.check)
    step("grant", scenario.grant)
    step("list", scenario.list)
    step("hand-out", scenario.hand_out)
    step("hand-out-again", scenario.hand_out_again)
    step("lost-response", scenario.lost_response)
    step("cut-connection", scenario.cut_connection)
    step("cut-grant", scenario.cut_grant)
    step("cut-without-key", troubles.cut_without_key)
    step("abort", troubles.abort)
    step("idle-connection", troubles.idle_connection)
    step("sold-out", scenario.sold_out)
    step("invalid", scenario.invalid)
    step("rate-limit", scenario.rate_limit)
    step("refused-requests", troubles.refused_requests)
    step("hours", troubles.hours)
    step("html-502", scenario.html_502)
    step("new-words", scenario.new_words)
    step("tokens", scenario.tokens)
    step("pages", scenario.pages)
    step("group-pages", scenario.group_pages)
    step("migrate", scenario.migrate)
    step("events", scenario.events)
    step("counts", scenario.counts)
    step("nulls", troubles.nulls)
    step("first-post", troubles.first_post)


if __name__ == "__main__":
    main()
