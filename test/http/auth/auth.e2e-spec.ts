import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { Controller, Get } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { PassThrough } from 'node:stream';
import { Access, Open } from '../../../src/http/auth/access.decorator.js';
import { assertEveryRouteDeclaresAccess } from '../../../src/http/auth/declared.access.check.js';
import type { CallerKey, CallerSettings } from '../../../src/config/settings/caller.settings.js';
import type { Settings } from '../../../src/config/settings/settings.js';
import { FULL_ACCESS_KEY, READ_ONLY_KEY, startGateway, type TestGateway } from '../../support/gateway.js';

const CHECK = '/v1/users/42/entitlements/1337';

function key(text: string, life: Omit<CallerKey, 'sha256'> = {}): CallerKey {
  return { sha256: createHash('sha256').update(text).digest(), ...life };
}

/** The demo and beside it: a tenant `other`, a caller of both, one with keys in several states, one of `other`. */
function withMoreCallers(demo: Settings): Settings {
  const other = { ...demo.tenants.get('demo')!, name: 'other' };
  const caller = (name: string, tenants: string[], keys: CallerKey[]): CallerSettings => ({
    ...demo.callers[0]!,
    name,
    tenants,
    keys,
    limit: { requests: 100_000, perSeconds: 3_600 },
  });
  const past = new Date(Date.now() - 60_000);
  const future = new Date(Date.now() + 3_600_000);
  return {
    ...demo,
    tenants: new Map([...demo.tenants, ['other', other]]),
    callers: [
      ...demo.callers,
      caller('both', ['demo', 'other'], [key('tg_both')]),
      caller('only-other', ['other'], [key('tg_only_other')]),
      caller(
        'rotating',
        ['demo'],
        [
          key('tg_expired', { expires: past }),
          key('tg_leaving', { expires: future }),
          key('tg_current', { notBefore: past }),
          key('tg_coming', { notBefore: future }),
        ],
      ),
    ],
  };
}

describe('authentication', () => {
  let gateway: TestGateway;
  let logged = '';

  beforeAll(async () => {
    const log = new PassThrough();
    log.on('data', (chunk: Buffer) => (logged += chunk.toString()));
    gateway = await startGateway({ settings: withMoreCallers, log });
  });

  afterAll(() => gateway.close());

  const UNKNOWN = 'The key is unknown or not valid at this time.';
  const NO_SCHEME = 'The Authorization header does not begin with the scheme Bearer.';

  it.each<[string, Record<string, string>, string]>([
    ['no header', {}, 'There is no Authorization header.'],
    ['an unknown key', { authorization: 'Bearer tg_canary_unknown' }, UNKNOWN],
    ['another scheme', { authorization: `Basic ${FULL_ACCESS_KEY}` }, NO_SCHEME],
    ['a key without a scheme', { authorization: FULL_ACCESS_KEY }, NO_SCHEME],
    [
      'a hash in place of its key',
      { authorization: `Bearer ${key(FULL_ACCESS_KEY).sha256.toString('hex')}` },
      UNKNOWN,
    ],
    ['a key of 513 characters', { authorization: `Bearer ${'k'.repeat(513)}` }, UNKNOWN],
    ['an expired key', { authorization: 'Bearer tg_expired' }, UNKNOWN],
    ['a key before its time', { authorization: 'Bearer tg_coming' }, UNKNOWN],
  ])('returns 401 with a challenge to %s and names what is wrong', async (_, headers, flaw) => {
    const response = await gateway.call('GET', CHECK, { key: null, headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="tollgate"');
    expect(response.body).toMatchObject({
      status: 401,
      detail: `${flaw} Send a valid key as Authorization: Bearer <key>.`,
    });
    expect(response.body.type).toMatch(/unauthenticated$/);
  });

  it.each([
    ['tg_canary_unknown', 'the key is unknown'],
    ['tg_expired', 'the key of caller rotating has expired'],
    ['tg_coming', 'the key of caller rotating is not valid yet'],
    ['a.b.c', 'the key is unknown, and as a token it names no issuer of the settings'],
    [
      'two words',
      'The Authorization header has more after the scheme Bearer than one key in visible ASCII characters.',
    ],
  ])('has in the log why it refused %s', async (each, reason) => {
    const id = `refused-${reason.length}`;
    await gateway.call('GET', CHECK, { key: each, headers: { 'x-request-id': id } });
    const line = logged.split('\n').find((text) => text.includes(`"${id}"`));
    expect(JSON.parse(line ?? '')).toMatchObject({ status: 401, reason, msg: 'request' });
  });

  it('returns 401 for two Authorization headers', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const call = request(gateway.url + CHECK, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on('error', reject);
      call.setHeader('Authorization', [`Bearer ${FULL_ACCESS_KEY}`, `Bearer ${FULL_ACCESS_KEY}`]);
      call.end();
    });
    expect(status).toBe(401);
  });

  it('sends nothing upstream for a request that it refuses', async () => {
    const before = await gateway.spid.effects();
    await gateway.call('PUT', CHECK, { key: 'tg_canary_unknown', body: {} });
    await gateway.call('PUT', CHECK, { key: READ_ONLY_KEY, body: {} });
    expect(await gateway.spid.effects()).toEqual(before);
  });

  it.each(['tg_leaving', 'tg_current'])('accepts either key of a rotation: %s', async (each) => {
    expect((await gateway.call('GET', CHECK, { key: each })).status).toBe(200);
  });

  it('takes the scheme in any case', async () => {
    const headers = { authorization: `bEARER ${FULL_ACCESS_KEY}` };
    expect((await gateway.call('GET', CHECK, { key: null, headers })).status).toBe(200);
  });

  it('returns 403 to a caller without the scope and names it', async () => {
    const response = await gateway.call('PUT', CHECK, { key: READ_ONLY_KEY, body: {} });
    expect(response).toMatchObject({
      status: 403,
      body: { detail: 'This caller does not hold the scope entitlements:write.', outcome: 'not_executed' },
    });
  });

  it('asks a caller of several tenants to name one', async () => {
    const response = await gateway.call('GET', CHECK, { key: 'tg_both' });
    expect(response).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/headers/Tollgate-Tenant' }] },
    });
    const headers = { 'Tollgate-Tenant': 'other' };
    expect((await gateway.call('GET', CHECK, { key: 'tg_both', headers })).status).toBe(200);
  });

  it('returns the same for the tenant of another caller and for one that does not exist', async () => {
    const [theirs, nobodys] = await Promise.all(
      ['demo', 'no-such'].map((tenant) =>
        gateway.call('GET', CHECK, { key: 'tg_only_other', headers: { 'Tollgate-Tenant': tenant } }),
      ),
    );
    expect(theirs?.status).toBe(403);
    expect({ ...theirs?.body, instance: '' }).toEqual({ ...nobodys?.body, instance: '' });
  });

  it('needs no key where a route is open, and does not check a bad one', async () => {
    expect((await gateway.call('GET', '/health/live', { key: null })).status).toBe(200);
    expect((await gateway.call('GET', '/health/live', { key: 'tg_canary_unknown' })).status).toBe(200);
  });

  it('lets only operators see the upstreams', async () => {
    expect((await gateway.call('GET', '/health/upstreams', { key: null })).status).toBe(401);
    expect((await gateway.call('GET', '/health/upstreams')).status).toBe(200);
  });

  it('logs who called for which tenant, and no key', async () => {
    await gateway.call('GET', CHECK, { key: 'tg_both', headers: { 'Tollgate-Tenant': 'other' } });
    expect(logged).toContain('"caller":"both","tenant":"other"');
    expect(logged).not.toMatch(/tg_/);
  });
});

describe('attempts without a valid key', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });

  afterAll(() => gateway.close());

  it('are slowed down by address after 120 in a minute, while valid keys go on', async () => {
    const attempt = () => gateway.call('GET', '/health/upstreams', { key: 'tg_guess' });
    for (let at = 0; at < 120; at += 1) expect((await attempt()).status).toBe(401);
    const refused = await attempt();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.body.retryAfterSeconds).toBe(Number(refused.headers.get('retry-after')));
    expect((await gateway.call('GET', '/health/upstreams')).status).toBe(200);
  });
});

describe('a route that does not declare who may call it', () => {
  @Controller('a')
  class DeclaredController {
    @Get('x')
    @Access('ops:read')
    x(): void {}

    @Get('y')
    @Open()
    y(): void {}

    helper(): void {}
  }

  @Controller('b')
  class SilentController {
    @Get('z')
    z(): void {}
  }

  @Controller('c')
  class InheritingController extends SilentController {}

  @Open()
  @Controller('d')
  class ContradictoryController {
    @Get('w')
    @Access('ops:read')
    w(): void {}
  }

  it.each([
    [[DeclaredController], undefined],
    [[DeclaredController, SilentController], 'SilentController.z'],
    [[InheritingController], 'InheritingController.z'],
    [[ContradictoryController], 'ContradictoryController.w'],
  ])('stops the start: %p', async (controllers, fault) => {
    const app = await Test.createTestingModule({ controllers }).compile();
    const check = () => assertEveryRouteDeclaresAccess(app.get(ModulesContainer));
    if (fault === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(fault);
  });
});
