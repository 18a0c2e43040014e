import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import tollgate.client.ApiClient;
import tollgate.client.ApiException;
import tollgate.client.ApiResponse;
import tollgate.client.api.EntitlementsApi;
import tollgate.client.api.EntitlementsApi.APICheckEntitlementRequest;
import tollgate.client.api.EntitlementsApi.APIGrantEntitlementRequest;
import tollgate.client.api.EntitlementsApi.APIListEntitlementsRequest;
import tollgate.client.api.MigrationsApi;
import tollgate.client.api.MigrationsApi.APICreateMigrationRequest;
import tollgate.client.api.MigrationsApi.APIGetMigrationRequest;
import tollgate.client.api.MigrationsApi.APIListMigrationEventsRequest;
import tollgate.client.api.OperationsApi;
import tollgate.client.api.OperationsApi.APIGetOperationRequest;
import tollgate.client.api.OperationsApi.APIListOperationsRequest;
import tollgate.client.api.TokensApi;
import tollgate.client.api.TokensApi.APIImportTokensRequest;
import tollgate.client.api.VouchersApi;
import tollgate.client.api.VouchersApi.APICreateVoucherGroupRequest;
import tollgate.client.api.VouchersApi.APIGetVoucherGroupRequest;
import tollgate.client.api.VouchersApi.APIHandOutVoucherRequest;
import tollgate.client.api.VouchersApi.APIListVoucherGroupsRequest;
import tollgate.client.model.*;

/** The scenario of clients/scenario.steps.ts with the generated Java client. */
public final class Scenario {
  static final String GROUP = "324673248";
  private static final String PRODUCT = "301694";
  static final String USER = "938029";

  private final ApiClient client = newClient(System.getenv("TOLLGATE_KEY"));
  final EntitlementsApi entitlements = new EntitlementsApi(client);
  final VouchersApi vouchers = new VouchersApi(client);
  private final MigrationsApi migrations = new MigrationsApi(client);
  private final OperationsApi operations = new OperationsApi(client);
  private final TokensApi tokens = new TokensApi(client);
  private final String key = newKey();
  String handoutId = "";
  private String migrationId = "";

  static ApiClient newClient(String key) {
    return newClient(System.getenv("TOLLGATE_URL"), key);
  }

  static ApiClient newClient(String url, String key) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(url);
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + key));
    // A write may take 45 s: a client that gives up earlier does not know the outcome.
    client.setReadTimeout(Duration.ofSeconds(45));
    return client;
  }

  static String newKey() {
    return UUID.randomUUID().toString();
  }

  interface Call<T> {
    T run() throws ApiException;
  }

  static ApiException failureOf(Call<?> call) {
    try {
      call.run();
    } catch (ApiException failure) {
      return failure;
    }
    throw new IllegalStateException("expected a problem");
  }

  /** The problem of a failed call, or null where the response was none of the gateway's. */
  Problem problemOf(ApiException failure) throws IOException {
    boolean isProblem =
        failure.getResponseHeaders() != null
            && failure
                .getResponseHeaders()
                .firstValue("Content-Type")
                .filter(type -> type.startsWith("application/problem+json"))
                .isPresent();
    return isProblem
        ? client.getObjectMapper().readValue(failure.getResponseBody(), Problem.class)
        : null;
  }

  // docs:repeat-begin
  /** No response: the same request with the same key never executes twice. */
  static <T> T repeatWithoutResponse(Call<T> call) throws ApiException {
    try {
      return call.run();
    } catch (ApiException failure) {
      if (failure.getCode() != 0) throw failure;
      return call.run();
    }
  }
  // docs:repeat-end

  static boolean isReplayed(ApiResponse<?> response) {
    return header(response, "Idempotent-Replayed").equals("true");
  }

  private static String header(ApiResponse<?> response, String name) {
    return response.getHeaders().entrySet().stream()
        .filter(entry -> entry.getKey().equalsIgnoreCase(name))
        .map(entry -> entry.getValue().get(0))
        .findFirst()
        .orElse("");
  }

  private static APIGrantEntitlementRequest grantOf(String productId) {
    return grantOf(productId, newKey());
  }

  static APIGrantEntitlementRequest grantOf(String productId, String key) {
    return APIGrantEntitlementRequest.newBuilder()
        .userId(USER)
        .productId(productId)
        .idempotencyKey(key)
        .build();
  }

  // docs:request-begin
  static APIHandOutVoucherRequest handoutOf(String group, String key) {
    HandOutVoucherDto body = new HandOutVoucherDto().userId(USER).voucherGroupId(group);
    return APIHandOutVoucherRequest.newBuilder()
        .idempotencyKey(key)
        .handOutVoucherDto(body)
        .build();
  }
  // docs:request-end

  static APICheckEntitlementRequest checkOf(String productId) {
    return APICheckEntitlementRequest.newBuilder().userId(USER).productId(productId).build();
  }

  static APIGetVoucherGroupRequest groupOf(String id) {
    return APIGetVoucherGroupRequest.newBuilder().id(id).build();
  }

  OperationDto operation(String id) throws ApiException {
    return operations.getOperation(APIGetOperationRequest.newBuilder().id(id).build());
  }

  private Map<String, ?> check() throws ApiException {
    return Map.of("granted", entitlements.checkEntitlement(checkOf(PRODUCT)).getGranted());
  }

  private Map<String, ?> grant() throws ApiException {
    EntitlementAccessDto done = entitlements.grantEntitlement(grantOf(PRODUCT));
    return Map.of("granted", done.getGranted(), "productId", done.getProductId());
  }

  EntitlementsDto entitlementsOf(List<EntitlementFilter> status) throws ApiException {
    return entitlements.listEntitlements(
        APIListEntitlementsRequest.newBuilder().userId(USER).status(status).build());
  }

  private Map<String, ?> list() throws ApiException {
    List<EntitlementDto> items =
        entitlementsOf(List.of(EntitlementFilter.ACTIVE, EntitlementFilter.EXPIRED)).getItems();
    return Map.of("productIds", items.stream().map(EntitlementDto::getProductId).toList());
  }

  private Map<String, ?> handOut() throws ApiException {
    ApiResponse<VoucherHandoutDto> done =
        vouchers.handOutVoucherWithHttpInfo(handoutOf(GROUP, key));
    handoutId = done.getData().getId();
    return Map.of(
        "handedOut", done.getData().getHandedOut(),
        "replayed", isReplayed(done),
        "location", header(done, "Location").endsWith("/v1/voucher-handouts/" + handoutId));
  }

  private Map<String, ?> handOutAgain() throws ApiException {
    ApiResponse<VoucherHandoutDto> done =
        vouchers.handOutVoucherWithHttpInfo(handoutOf(GROUP, key));
    return Map.of("sameId", done.getData().getId().equals(handoutId), "replayed", isReplayed(done));
  }

  private Map<String, ?> lostResponse() throws Exception {
    Problem problem = problemOf(failureOf(() -> entitlements.grantEntitlement(grantOf("10111"))));
    // The outcome is unknown: the write is not sent again, its operation is read until it is final.
    OperationDto operation = waitForOutcome(problem.getOperationId());
    return Map.of(
        "status", problem.getStatus(),
        "code", problem.getCode(),
        "outcome", problem.getOutcome(),
        "state", operation.getState(),
        "finalOutcome", operation.getOutcome());
  }

  // docs:outcome-begin
  private OperationDto waitForOutcome(String id) throws ApiException, InterruptedException {
    for (; ; ) {
      OperationDto operation = operation(id);
      if (!Set.of("unknown", "running").contains(operation.getState())) return operation;
      // Short for this scenario: a service begins with 2 s and doubles it.
      Thread.sleep(100);
    }
  }
  // docs:outcome-end

  private Map<String, ?> cutConnection() throws ApiException {
    // docs:handout-begin
    APIHandOutVoucherRequest request = handoutOf(GROUP, newKey());
    ApiResponse<VoucherHandoutDto> done =
        repeatWithoutResponse(() -> vouchers.handOutVoucherWithHttpInfo(request));
    // docs:handout-end
    return Map.of("handedOut", done.getData().getHandedOut(), "replayed", isReplayed(done));
  }

  private Map<String, ?> cutGrant() throws ApiException {
    APIGrantEntitlementRequest request = grantOf("10117");
    ApiResponse<EntitlementAccessDto> done =
        repeatWithoutResponse(() -> entitlements.grantEntitlementWithHttpInfo(request));
    return Map.of("granted", done.getData().getGranted(), "replayed", isReplayed(done));
  }

  private Map<String, ?> soldOut() throws Exception {
    CreateVoucherGroupDto body =
        new CreateVoucherGroupDto().title("Sold out").type(NewVoucherGroupType.CAMPAIGN);
    ApiResponse<VoucherGroupDto> created =
        vouchers.createVoucherGroupWithHttpInfo(
            APICreateVoucherGroupRequest.newBuilder()
                .idempotencyKey(newKey())
                .createVoucherGroupDto(body)
                .build());
    String id = created.getData().getId();
    Problem problem = problemOf(failureOf(() -> vouchers.handOutVoucher(handoutOf(id, newKey()))));
    return Map.of(
        "created", header(created, "Location").endsWith("/v1/voucher-groups/" + id),
        "status", problem.getStatus(),
        "code", problem.getCode(),
        "outcome", problem.getOutcome());
  }

  private StartedMigrationDto create(CreateMigrationDto body) throws ApiException {
    return migrations.createMigration(
        APICreateMigrationRequest.newBuilder()
            .idempotencyKey(newKey())
            .createMigrationDto(body)
            .build());
  }

  private Map<String, ?> invalid() throws Exception {
    CreateMigrationDto body =
        new CreateMigrationDto()
            .sourceTool("wordpress")
            .destinationInstanceUrl(URI.create("https://user:password@acme.example/"));
    Problem problem = problemOf(failureOf(() -> create(body)));
    return Map.of(
        "status", problem.getStatus(),
        "code", problem.getCode(),
        "pointer", problem.getErrors().get(0).getPointer());
  }

  private Map<String, ?> rateLimit() throws Exception {
    EntitlementsApi limited = new EntitlementsApi(newClient(System.getenv("TOLLGATE_LIMITED_KEY")));
    for (int calls = 0; calls < 5; calls += 1) {
      try {
        limited.checkEntitlement(checkOf(PRODUCT));
      } catch (ApiException failure) {
        Problem problem = problemOf(failure);
        long seconds = problem.getRetryAfterSeconds();
        String header = failure.getResponseHeaders().firstValue("Retry-After").orElse("");
        return Map.of(
            "status", problem.getStatus(),
            "code", problem.getCode(),
            "waits", seconds > 0,
            "sameAsHeader", header.equals(String.valueOf(seconds)));
      }
    }
    throw new IllegalStateException("five calls were not limited");
  }

  private Map<String, ?> html502() throws IOException {
    ApiException failure = failureOf(() -> vouchers.getVoucherGroup(groupOf(GROUP)));
    return Map.of("status", failure.getCode(), "problem", problemOf(failure) != null);
  }

  private Map<String, ?> newWords() throws Exception {
    EntitlementDto first = entitlementsOf(null).getItems().get(0);
    OperationDto operation = operation(handoutId);
    Problem problem = problemOf(failureOf(() -> vouchers.getVoucherGroup(groupOf("999"))));
    return Map.of(
        "entitlement", first.getStatus(),
        "state", operation.getState(),
        "kind", operation.getKind(),
        "outcome", operation.getOutcome(),
        "problem", problem.getCode());
  }

  private Map<String, ?> importTokens() throws ApiException {
    List<ImportToken> list =
        List.of(
            new ImportToken(1L << 31), new ImportToken((1L << 53) - 1), new ImportToken("a"));
    ImportTokensDto body = new ImportTokensDto().tokenName("newsletter").tokens(list);
    TokenImportDto done =
        tokens.importTokens(
            APIImportTokensRequest.newBuilder()
                .idempotencyKey(newKey())
                .importTokensDto(body)
                .build());
    return Map.of("imported", done.getImported());
  }

  private OperationsDto page(OffsetDateTime now, String cursor) throws ApiException {
    return operations.listOperations(
        APIListOperationsRequest.newBuilder()
            .from(now.minusHours(1))
            .to(now.plusHours(1))
            .limit(2)
            .cursor(cursor)
            .build());
  }

  private Map<String, ?> pages() throws ApiException {
    OffsetDateTime now = OffsetDateTime.now(ZoneOffset.ofHours(2));
    OperationsDto first = page(now, null);
    OperationsDto second = page(now, first.getNextCursor());
    Set<String> ids = new HashSet<>();
    first.getItems().forEach(operation -> ids.add(operation.getId()));
    second.getItems().forEach(operation -> ids.add(operation.getId()));
    return Map.of(
        "first", first.getItems().size(),
        "second", second.getItems().size(),
        "distinct", ids.size());
  }

  private Map<String, ?> groupPages() throws ApiException {
    List<String> ids = new ArrayList<>();
    int pages = 0;
    String cursor = null;
    do {
      VoucherGroupsDto page =
          vouchers.listVoucherGroups(
              APIListVoucherGroupsRequest.newBuilder().limit(1).cursor(cursor).build());
      page.getItems().forEach(group -> ids.add(group.getId()));
      cursor = page.getNextCursor();
      pages += 1;
    } while (cursor != null);
    boolean distinct = ids.size() > 1 && Set.copyOf(ids).size() == ids.size();
    return Map.of("several", pages > 1, "distinct", distinct);
  }

  private Map<String, ?> migrate() throws ApiException {
    StartedMigrationDto started =
        create(
            new CreateMigrationDto()
                .sourceTool("wordpress")
                .destinationUsername("client@example.com"));
    migrationId = started.getId();
    return Map.of(
        "started", started.getRedirectUrl() != null,
        "sameId", migration().getId().equals(migrationId));
  }

  MigrationDto migration() throws ApiException {
    return migrations.getMigration(APIGetMigrationRequest.newBuilder().id(migrationId).build());
  }

  private Map<String, ?> events() throws ApiException {
    List<MigrationEventDto> items =
        migrations
            .listMigrationEvents(APIListMigrationEventsRequest.newBuilder().id(migrationId).build())
            .getItems();
    MigrationEventDto latest = items.get(items.size() - 1);
    return Map.of(
        "status", latest.getStatus(),
        "isOurs", latest.getMigrationId().equals(migrationId));
  }

  private Map<String, ?> counts() throws ApiException {
    return Map.of("contacts", migration().getItems().get("contacts"));
  }

  public static void main(String[] args) throws Exception {
    Scenario scenario = new Scenario();
    Troubles troubles = new Troubles(scenario);
    Report.step("check", scenario::check);
    Report.step("grant", scenario::grant);
    Report.step("list", scenario::list);
    Report.step("hand-out", scenario::handOut);
    Report.step("hand-out-again", scenario::handOutAgain);
    Report.step("lost-response", scenario::lostResponse);
    Report.step("cut-connection", scenario::cutConnection);
    Report.step("cut-grant", scenario::cutGrant);
    Report.step("cut-without-key", troubles::cutWithoutKey);
    Report.step("abort", troubles::abort);
    Report.step("idle-connection", troubles::idleConnection);
    Report.step("sold-out", scenario::soldOut);
    Report.step("invalid", scenario::invalid);
    Report.step("rate-limit", scenario::rateLimit);
    Report.step("refused-requests", troubles::refusedRequests);
    Report.step("hours", troubles::hours);
    Report.step("html-502", scenario::html502);
    Report.step("new-words", scenario::newWords);
    Report.step("tokens", scenario::importTokens);
    Report.step("pages", scenario::pages);
    Report.step("group-pages", scenario::groupPages);
    Report.step("migrate", scenario::migrate);
    Report.step("events", scenario::events);
    Report.step("counts", scenario::counts);
    Report.step("nulls", troubles::nulls);
    Report.step("first-post", troubles::firstPost);
  }
}
