import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tollgate.client.ApiClient;
import tollgate.client.ApiException;
import tollgate.client.ApiResponse;
import tollgate.client.api.EntitlementsApi.APIGrantEntitlementRequest;
import tollgate.client.api.EntitlementsApi.APIRevokeEntitlementRequest;
import tollgate.client.api.TokensApi;
import tollgate.client.api.TokensApi.APIImportTokensRequest;
import tollgate.client.api.VouchersApi;
import tollgate.client.api.VouchersApi.APIHandOutVoucherRequest;
import tollgate.client.api.VouchersApi.APIUpdateVoucherGroupRequest;
import tollgate.client.model.*;

/** The steps of the scenario in which the network, a balancer or the gateway is in trouble. */
final class Troubles {
  private static final String PRODUCT = "1337";

  /** Far below what a service allows: the response of the aborted call never comes. */
  private static final Duration ABORT_AFTER = Duration.ofSeconds(2);

  private final Scenario scenario;

  Troubles(Scenario scenario) {
    this.scenario = scenario;
  }

  /**
   * These writes may be repeated without a key, by the caller alone: the HTTP library must not do
   * it as well.
   */
  Map<String, ?> cutWithoutKey() throws ApiException {
    APIRevokeEntitlementRequest revocation =
        APIRevokeEntitlementRequest.newBuilder().userId(Scenario.USER).productId(PRODUCT).build();
    APIUpdateVoucherGroupRequest change =
        APIUpdateVoucherGroupRequest.newBuilder()
            .id(Scenario.GROUP)
            .updateVoucherGroupDto(new UpdateVoucherGroupDto().title("Renamed"))
            .build();
    List<Scenario.Call<?>> calls =
        List.of(
            () -> scenario.entitlements.grantEntitlement(Scenario.grantOf(PRODUCT, null)),
            () -> scenario.entitlements.revokeEntitlementWithHttpInfo(revocation),
            () -> scenario.vouchers.updateVoucherGroup(change));
    int raised = 0;
    int repeated = 0;
    for (Scenario.Call<?> call : calls) {
      if (Scenario.failureOf(call).getCode() == 0) raised += 1;
      call.run();
      repeated += 1;
    }
    return Map.of("raised", raised, "repeated", repeated);
  }

  /** An aborted write may have been executed: the same key finds out. */
  Map<String, ?> abort() throws ApiException {
    ApiClient client = Scenario.newClient(System.getenv("TOLLGATE_KEY"));
    client.setReadTimeout(ABORT_AFTER);
    APIHandOutVoucherRequest request = Scenario.handoutOf(Scenario.GROUP, Scenario.newKey());
    ApiException failure =
        Scenario.failureOf(() -> new VouchersApi(client).handOutVoucher(request));
    ApiResponse<VoucherHandoutDto> done = scenario.vouchers.handOutVoucherWithHttpInfo(request);
    return Map.of(
        "aborted", failure.getCode() == 0,
        "handedOut", done.getData().getHandedOut(),
        "replayed", Scenario.isReplayed(done));
  }

  Map<String, ?> idleConnection() throws ApiException {
    APIGrantEntitlementRequest request = Scenario.grantOf(PRODUCT, Scenario.newKey());
    EntitlementAccessDto done =
        Scenario.repeatWithoutResponse(() -> scenario.entitlements.grantEntitlement(request));
    return Map.of("granted", done.getGranted());
  }

  Map<String, ?> refusedRequests() throws IOException {
    List<String> problems = new ArrayList<>();
    for (int calls = 0; calls < 5; calls += 1) {
      APIHandOutVoucherRequest request = Scenario.handoutOf(Scenario.GROUP, Scenario.newKey());
      ApiException failure = Scenario.failureOf(() -> scenario.vouchers.handOutVoucher(request));
      problems.add(failure.getCode() + " " + scenario.problemOf(failure).getCode());
    }
    return Map.of("problems", problems);
  }

  /** The caller decides about a wait: no call sleeps by itself. */
  Map<String, ?> hours() throws IOException {
    APIGrantEntitlementRequest grant = Scenario.grantOf(PRODUCT, Scenario.newKey());
    Scenario.Call<?> read = () -> scenario.entitlements.checkEntitlement(Scenario.checkOf(PRODUCT));
    Scenario.Call<?> write = () -> scenario.entitlements.grantEntitlement(grant);
    List<String> waits = new ArrayList<>();
    for (Scenario.Call<?> call : List.<Scenario.Call<?>>of(read, read, write, write)) {
      Problem problem = scenario.problemOf(Scenario.failureOf(call));
      waits.add(problem.getStatus() + " " + problem.getRetryAfterSeconds());
    }
    return Map.of("waits", waits);
  }

  /** Which resources are readable when all members are null that may be. */
  Map<String, ?> nulls() throws ApiException {
    List<String> names = new ArrayList<>();
    if (scenario.operation(scenario.handoutId).getOutcome() == null) names.add("operation");
    VoucherGroupDto group = scenario.vouchers.getVoucherGroup(Scenario.groupOf(Scenario.GROUP));
    if (group.getTitle() == null) names.add("group");
    EntitlementDto entitlement = scenario.entitlementsOf(null).getItems().get(0);
    if (entitlement.getOrderId() == null) names.add("entitlement");
    if (scenario.migration().getItems() == null) names.add("migration");
    return Map.of("nulls", names);
  }

  Map<String, ?> firstPost() throws ApiException {
    ApiClient direct =
        Scenario.newClient(System.getenv("TOLLGATE_DIRECT_URL"), System.getenv("TOLLGATE_KEY"));
    ImportTokensDto body =
        new ImportTokensDto().tokenName("newsletter").tokens(List.of(new ImportToken("b")));
    TokenImportDto done =
        new TokensApi(direct)
            .importTokens(
                APIImportTokensRequest.newBuilder()
                    .idempotencyKey(Scenario.newKey())
                    .importTokensDto(body)
                    .build());
    return Map.of("imported", done.getImported());
  }
}
