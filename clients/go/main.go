// The scenario of clients/scenario.steps.ts with the generated Go client.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"tollgate.example/clients/tollgate"
)

const (
	group   = "324673248"
	product = "301694"
	user    = "938029"
)

func newClient(key string) *tollgate.APIClient {
	return newClientOf("TOLLGATE_URL", key)
}

func newClientOf(url, key string) *tollgate.APIClient {
	config := tollgate.NewConfiguration()
	config.Servers = tollgate.ServerConfigurations{{URL: os.Getenv(url)}}
	config.DefaultHeader["Authorization"] = "Bearer " + key
	// A write may take 45 s: a client that gives up earlier does not know the outcome.
	config.HTTPClient = &http.Client{Timeout: 45 * time.Second}
	return tollgate.NewAPIClient(config)
}

// problemOf returns the problem of a failed call, or nil where the response was none of the gateway's.
func problemOf(err error) *tollgate.Problem {
	var failure *tollgate.GenericOpenAPIError
	if errors.As(err, &failure) {
		if problem, ok := failure.Model().(tollgate.Problem); ok {
			return &problem
		}
	}
	return nil
}

type scenario struct {
	ctx       context.Context
	api       *tollgate.APIClient
	handout   tollgate.HandOutVoucherDto
	key       string
	handoutID string
	migration string
}

func main() {
	s := &scenario{
		ctx:     context.Background(),
		api:     newClient(os.Getenv("TOLLGATE_KEY")),
		handout: *tollgate.NewHandOutVoucherDto(user, group),
		key:     rand.Text(),
	}
	step("check", s.check)
	step("grant", s.grant)
	step("list", s.list)
	step("hand-out", s.handOut)
	step("hand-out-again", s.handOutAgain)
	step("lost-response", s.lostResponse)
	step("cut-connection", s.cutConnection)
	step("cut-grant", s.cutGrant)
	step("cut-without-key", s.cutWithoutKey)
	step("abort", s.abort)
	step("idle-connection", s.idleConnection)
	step("sold-out", s.soldOut)
	step("invalid", s.invalid)
	step("rate-limit", s.rateLimit)
	step("refused-requests", s.refusedRequests)
	step("hours", s.hours)
	step("html-502", s.html502)
	step("new-words", s.newWords)
	step("tokens", s.tokens)
	step("pages", s.pages)
	step("group-pages", s.groupPages)
	step("migrate", s.migrate)
	step("events", s.events)
	step("counts", s.counts)
	step("nulls", s.nulls)
	step("first-post", s.firstPost)
}

func (s *scenario) check() (facts, error) {
	found, _, err := s.api.EntitlementsAPI.CheckEntitlement(s.ctx, user, product).Execute()
	if err != nil {
		return nil, err
	}
	return facts{"granted": found.Granted}, nil
}

func (s *scenario) grant() (facts, error) {
	granted, _, err := s.api.EntitlementsAPI.GrantEntitlement(s.ctx, user, product).IdempotencyKey(rand.Text()).Execute()
	if err != nil {
		return nil, err
	}
	return facts{"granted": granted.Granted, "productId": granted.ProductId}, nil
}

func (s *scenario) list() (facts, error) {
	status := []tollgate.EntitlementFilter{tollgate.ENTITLEMENTFILTER_ACTIVE, tollgate.ENTITLEMENTFILTER_EXPIRED}
	found, _, err := s.api.EntitlementsAPI.ListEntitlements(s.ctx, user).Status(status).Execute()
	if err != nil {
		return nil, err
	}
	products := []string{}
	for _, item := range found.Items {
		products = append(products, item.ProductId)
	}
	return facts{"productIds": products}, nil
}

func (s *scenario) handOut() (facts, error) {
	done, response, err := s.api.VouchersAPI.HandOutVoucher(s.ctx).IdempotencyKey(s.key).HandOutVoucherDto(s.handout).Execute()
	if err != nil {
		return nil, err
	}
	s.handoutID = done.Id
	return facts{
		"handedOut": done.HandedOut,
		"replayed":  response.Header.Get("Idempotent-Replayed") == "true",
		"location":  strings.HasSuffix(response.Header.Get("Location"), "/v1/voucher-handouts/"+done.Id),
	}, nil
}

func (s *scenario) handOutAgain() (facts, error) {
	done, response, err := s.api.VouchersAPI.HandOutVoucher(s.ctx).IdempotencyKey(s.key).HandOutVoucherDto(s.handout).Execute()
	if err != nil {
		return nil, err
	}
	return facts{
		"sameId":   done.Id == s.handoutID,
		"replayed": response.Header.Get("Idempotent-Replayed") == "true",
	}, nil
}

func (s *scenario) lostResponse() (facts, error) {
	_, _, err := s.api.EntitlementsAPI.GrantEntitlement(s.ctx, user, "10111").IdempotencyKey(rand.Text()).Execute()
	problem := problemOf(err)
	if problem == nil {
		return nil, unexpected(err)
	}
	// The outcome is unknown: the write is not sent again, its operation is read until it is final.
	operation, err := s.waitForOutcome(problem.GetOperationId())
	if err != nil {
		return nil, err
	}
	return facts{
		"status": problem.Status, "code": problem.Code, "outcome": problem.GetOutcome(),
		"state": operation.State, "finalOutcome": operation.GetOutcome(),
	}, nil
}

// docs:outcome-begin

func (s *scenario) waitForOutcome(id string) (*tollgate.OperationDto, error) {
	for {
		operation, _, err := s.api.OperationsAPI.GetOperation(s.ctx, id).Execute()
		if err != nil || (operation.State != "unknown" && operation.State != "running") {
			return operation, err
		}
		// Short for this scenario: a service begins with 2 s and doubles it.
		time.Sleep(100 * time.Millisecond)
	}
}

// docs:outcome-end

func (s *scenario) cutConnection() (facts, error) {
	// docs:handout-begin
	call := s.api.VouchersAPI.HandOutVoucher(s.ctx).IdempotencyKey(rand.Text()).HandOutVoucherDto(s.handout)
	done, response, err := call.Execute()
	if response == nil {
		// No response: the same request with the same key never executes twice.
		done, response, err = call.Execute()
	}
	// docs:handout-end
	if err != nil {
		return nil, err
	}
	return facts{"handedOut": done.HandedOut, "replayed": response.Header.Get("Idempotent-Replayed") == "true"}, nil
}

func (s *scenario) cutGrant() (facts, error) {
	call := s.api.EntitlementsAPI.GrantEntitlement(s.ctx, user, "10117").IdempotencyKey(rand.Text())
	done, response, err := call.Execute()
	if response == nil {
		done, response, err = call.Execute()
	}
	if err != nil {
		return nil, err
	}
	return facts{"granted": done.Granted, "replayed": response.Header.Get("Idempotent-Replayed") == "true"}, nil
}

func (s *scenario) soldOut() (facts, error) {
	body := tollgate.NewCreateVoucherGroupDto("Sold out", tollgate.NEWVOUCHERGROUPTYPE_CAMPAIGN)
	created, response, err := s.api.VouchersAPI.CreateVoucherGroup(s.ctx).IdempotencyKey(rand.Text()).CreateVoucherGroupDto(*body).Execute()
	if err != nil {
		return nil, err
	}
	handout := tollgate.NewHandOutVoucherDto(user, created.Id)
	_, _, err = s.api.VouchersAPI.HandOutVoucher(s.ctx).IdempotencyKey(rand.Text()).HandOutVoucherDto(*handout).Execute()
	problem := problemOf(err)
	if problem == nil {
		return nil, unexpected(err)
	}
	return facts{
		"created": strings.HasSuffix(response.Header.Get("Location"), "/v1/voucher-groups/"+created.Id),
		"status":  problem.Status, "code": problem.Code, "outcome": problem.GetOutcome(),
	}, nil
}

func (s *scenario) invalid() (facts, error) {
	body := tollgate.NewCreateMigrationDto("wordpress")
	body.SetDestinationInstanceUrl("https://user:password@acme.example/")
	_, _, err := s.api.MigrationsAPI.CreateMigration(s.ctx).IdempotencyKey(rand.Text()).CreateMigrationDto(*body).Execute()
	problem := problemOf(err)
	if problem == nil || len(problem.Errors) != 1 {
		return nil, unexpected(err)
	}
	return facts{"status": problem.Status, "code": problem.Code, "pointer": problem.Errors[0].Pointer}, nil
}

func (s *scenario) rateLimit() (facts, error) {
	limited := newClient(os.Getenv("TOLLGATE_LIMITED_KEY"))
	for range 5 {
		_, response, err := limited.EntitlementsAPI.CheckEntitlement(s.ctx, user, product).Execute()
		if err == nil {
			continue
		}
		problem := problemOf(err)
		if problem == nil {
			return nil, err
		}
		seconds := problem.GetRetryAfterSeconds()
		return facts{
			"status": problem.Status, "code": problem.Code, "waits": seconds > 0,
			"sameAsHeader": response.Header.Get("Retry-After") == strconv.FormatInt(seconds, 10),
		}, nil
	}
	return nil, errors.New("five calls were not limited")
}

func (s *scenario) html502() (facts, error) {
	_, response, err := s.api.VouchersAPI.GetVoucherGroup(s.ctx, group).Execute()
	if err == nil || response == nil {
		return nil, unexpected(err)
	}
	return facts{"status": response.StatusCode, "problem": problemOf(err) != nil}, nil
}

func (s *scenario) newWords() (facts, error) {
	found, _, err := s.api.EntitlementsAPI.ListEntitlements(s.ctx, user).Execute()
	if err != nil {
		return nil, err
	}
	operation, _, err := s.api.OperationsAPI.GetOperation(s.ctx, s.handoutID).Execute()
	if err != nil {
		return nil, err
	}
	_, _, err = s.api.VouchersAPI.GetVoucherGroup(s.ctx, "999").Execute()
	problem := problemOf(err)
	if problem == nil {
		return nil, unexpected(err)
	}
	return facts{
		"entitlement": found.Items[0].Status, "state": operation.State, "kind": operation.Kind,
		"outcome": operation.GetOutcome(), "problem": problem.Code,
	}, nil
}

func (s *scenario) tokens() (facts, error) {
	small, large, text := int64(1<<31), int64(1<<53-1), "a"
	tokens := []tollgate.ImportToken{{Int64: &small}, {Int64: &large}, {String: &text}}
	body := tollgate.NewImportTokensDto("newsletter", tokens)
	done, _, err := s.api.TokensAPI.ImportTokens(s.ctx).IdempotencyKey(rand.Text()).ImportTokensDto(*body).Execute()
	if err != nil {
		return nil, err
	}
	return facts{"imported": done.Imported}, nil
}

func (s *scenario) pages() (facts, error) {
	now := time.Now().In(time.FixedZone("", 2*60*60))
	call := s.api.OperationsAPI.ListOperations(s.ctx).From(now.Add(-time.Hour)).To(now.Add(time.Hour)).Limit(2)
	first, _, err := call.Execute()
	if err != nil {
		return nil, err
	}
	second, _, err := call.Cursor(first.GetNextCursor()).Execute()
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	for _, operation := range append(first.Items, second.Items...) {
		ids[operation.Id] = true
	}
	return facts{"first": len(first.Items), "second": len(second.Items), "distinct": len(ids)}, nil
}

func (s *scenario) groupPages() (facts, error) {
	pages, groups, ids := 0, 0, map[string]bool{}
	call := s.api.VouchersAPI.ListVoucherGroups(s.ctx).Limit(1)
	for {
		page, _, err := call.Execute()
		if err != nil {
			return nil, err
		}
		pages++
		for _, group := range page.Items {
			groups++
			ids[group.Id] = true
		}
		cursor, more := page.GetNextCursorOk()
		if !more || cursor == nil {
			return facts{"several": pages > 1, "distinct": groups > 1 && len(ids) == groups}, nil
		}
		call = call.Cursor(*cursor)
	}
}

func (s *scenario) migrate() (facts, error) {
	body := tollgate.NewCreateMigrationDto("wordpress")
	body.SetDestinationUsername("client@example.com")
	started, _, err := s.api.MigrationsAPI.CreateMigration(s.ctx).IdempotencyKey(rand.Text()).CreateMigrationDto(*body).Execute()
	if err != nil {
		return nil, err
	}
	s.migration = started.Id
	migration, _, err := s.api.MigrationsAPI.GetMigration(s.ctx, started.Id).Execute()
	if err != nil {
		return nil, err
	}
	return facts{"started": started.RedirectUrl != "", "sameId": migration.Id == started.Id}, nil
}

func (s *scenario) events() (facts, error) {
	events, _, err := s.api.MigrationsAPI.ListMigrationEvents(s.ctx, s.migration).Execute()
	if err != nil {
		return nil, err
	}
	latest := events.Items[len(events.Items)-1]
	return facts{"status": latest.Status, "isOurs": latest.MigrationId == s.migration}, nil
}

func (s *scenario) counts() (facts, error) {
	migration, _, err := s.api.MigrationsAPI.GetMigration(s.ctx, s.migration).Execute()
	if err != nil {
		return nil, err
	}
	return facts{"contacts": migration.Items["contacts"]}, nil
}
