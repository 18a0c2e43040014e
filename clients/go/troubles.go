// The steps of the scenario in which the network, a balancer or the gateway is in trouble.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"tollgate.example/clients/tollgate"
)

// abortAfter is far below what a service allows: the response of the aborted call never comes.
const abortAfter = 2 * time.Second

// cutWithoutKey: these writes may be repeated without a key, by the caller alone: the HTTP library must not do it as well.
func (s *scenario) cutWithoutKey() (facts, error) {
	change := tollgate.NewUpdateVoucherGroupDto()
	change.SetTitle("Renamed")
	grant := s.api.EntitlementsAPI.GrantEntitlement(s.ctx, user, "1337")
	revoke := s.api.EntitlementsAPI.RevokeEntitlement(s.ctx, user, "1337")
	update := s.api.VouchersAPI.UpdateVoucherGroup(s.ctx, group).UpdateVoucherGroupDto(*change)
	raised, repeated := 0, 0
	for _, call := range []func() error{
		func() error { _, _, err := grant.Execute(); return err },
		func() error { _, _, err := revoke.Execute(); return err },
		func() error { _, _, err := update.Execute(); return err },
	} {
		if lost := new(url.Error); errors.As(call(), &lost) {
			raised++
		}
		if err := call(); err != nil {
			return nil, err
		}
		repeated++
	}
	return facts{"raised": raised, "repeated": repeated}, nil
}

// abort: an aborted write may have been executed: the same key finds out.
func (s *scenario) abort() (facts, error) {
	key := rand.Text()
	leaving, leave := context.WithTimeout(s.ctx, abortAfter)
	defer leave()
	_, _, err := s.api.VouchersAPI.HandOutVoucher(leaving).IdempotencyKey(key).HandOutVoucherDto(s.handout).Execute()
	aborted := errors.Is(err, context.DeadlineExceeded)
	done, response, err := s.api.VouchersAPI.HandOutVoucher(s.ctx).IdempotencyKey(key).HandOutVoucherDto(s.handout).Execute()
	if err != nil {
		return nil, err
	}
	replayed := response.Header.Get("Idempotent-Replayed") == "true"
	return facts{"aborted": aborted, "handedOut": done.HandedOut, "replayed": replayed}, nil
}

func (s *scenario) idleConnection() (facts, error) {
	call := s.api.EntitlementsAPI.GrantEntitlement(s.ctx, user, "1337").IdempotencyKey(rand.Text())
	done, response, err := call.Execute()
	if response == nil {
		done, _, err = call.Execute()
	}
	if err != nil {
		return nil, err
	}
	return facts{"granted": done.Granted}, nil
}

func (s *scenario) refusedRequests() (facts, error) {
	problems := []string{}
	for range 5 {
		_, response, err := s.api.VouchersAPI.HandOutVoucher(s.ctx).IdempotencyKey(rand.Text()).HandOutVoucherDto(s.handout).Execute()
		problem := problemOf(err)
		if problem == nil {
			return nil, unexpected(err)
		}
		problems = append(problems, fmt.Sprint(response.StatusCode, " ", problem.Code))
	}
	return facts{"problems": problems}, nil
}

// hours: the caller decides about a wait, no call sleeps by itself.
func (s *scenario) hours() (facts, error) {
	read := s.api.EntitlementsAPI.CheckEntitlement(s.ctx, user, "1337")
	write := s.api.EntitlementsAPI.GrantEntitlement(s.ctx, user, "1337").IdempotencyKey(rand.Text())
	check := func() error { _, _, err := read.Execute(); return err }
	grant := func() error { _, _, err := write.Execute(); return err }
	waits := []string{}
	for _, call := range []func() error{check, check, grant, grant} {
		err := call()
		problem := problemOf(err)
		if problem == nil {
			return nil, unexpected(err)
		}
		waits = append(waits, fmt.Sprint(problem.Status, " ", problem.GetRetryAfterSeconds()))
	}
	return facts{"waits": waits}, nil
}

// nulls: which resources are readable when all members are null that may be.
func (s *scenario) nulls() (facts, error) {
	operation, _, err := s.api.OperationsAPI.GetOperation(s.ctx, s.handoutID).Execute()
	if err != nil {
		return nil, err
	}
	found, _, err := s.api.VouchersAPI.GetVoucherGroup(s.ctx, group).Execute()
	if err != nil {
		return nil, err
	}
	entitlements, _, err := s.api.EntitlementsAPI.ListEntitlements(s.ctx, user).Execute()
	if err != nil {
		return nil, err
	}
	migration, _, err := s.api.MigrationsAPI.GetMigration(s.ctx, s.migration).Execute()
	if err != nil {
		return nil, err
	}
	names := []string{}
	if outcome, _ := operation.GetOutcomeOk(); outcome == nil {
		names = append(names, "operation")
	}
	if title, _ := found.GetTitleOk(); title == nil {
		names = append(names, "group")
	}
	if order, _ := entitlements.Items[0].GetOrderIdOk(); order == nil {
		names = append(names, "entitlement")
	}
	if migration.Items == nil {
		names = append(names, "migration")
	}
	return facts{"nulls": names}, nil
}

func (s *scenario) firstPost() (facts, error) {
	text := "b"
	body := tollgate.NewImportTokensDto("newsletter", []tollgate.ImportToken{{String: &text}})
	direct := newClientOf("TOLLGATE_DIRECT_URL", os.Getenv("TOLLGATE_KEY"))
	done, _, err := direct.TokensAPI.ImportTokens(s.ctx).IdempotencyKey(rand.Text()).ImportTokensDto(*body).Execute()
	if err != nil {
		return nil, err
	}
	return facts{"imported": done.Imported}, nil
}
