import type { CallerSettings } from '../../config/settings/caller.settings.js';
import { ProblemError } from '../problems/problem.error.js';
import { chooseTenant } from './tenant.choice.js';

function caller(...tenants: string[]): CallerSettings {
  return {
    name: 'c',
    tenants,
    scopes: new Set(),
    keys: [],
    resources: {},
    limit: { requests: 1, perSeconds: 1 },
    weight: 1,
  };
}

function refusalOf(choose: () => string): ProblemError {
  try {
    choose();
  } catch (error) {
    if (error instanceof ProblemError) return error;
  }
  throw new Error('was not refused');
}

describe('chooseTenant', () => {
  it.each([
    [['north'], undefined, 'north'],
    [['north'], 'north', 'north'],
    [['north', 'south'], 'south', 'south'],
  ])('of %j with %j is %s', (tenants, named, tenant) => {
    expect(chooseTenant(caller(...tenants), named)).toBe(tenant);
  });

  it('requires a caller of several tenants to name one', () => {
    const refusal = refusalOf(() => chooseTenant(caller('north', 'south'), undefined));
    expect(refusal.slug).toBe('validation-failed');
    expect(refusal.options.errors).toEqual([
      { pointer: '/headers/Tollgate-Tenant', detail: 'is missing; must be one of: north, south' },
    ]);
  });

  it('refuses the tenant of another caller and an unknown one with the same problem', () => {
    const refusals = ['west', 'no-such', '', 'North', 'north, south'].map((named) =>
      refusalOf(() => chooseTenant(caller('north', 'south'), named)),
    );
    expect(new Set(refusals.map(({ slug, detail }) => `${slug}: ${detail}`)).size).toBe(1);
    expect(refusals[0]?.slug).toBe('forbidden');
  });
});
