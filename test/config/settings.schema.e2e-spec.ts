import { Ajv } from 'ajv';
import { ConfigurationReport } from '../../src/config/errors/configuration.report.js';
import { ConfigurationError } from '../../src/config/errors/configuration.error.js';
import { fieldsOf, type SettingsClass } from '../../src/config/fields/field.schema.js';
import { parseDocument } from '../../src/config/settings/file/settings.parser.js';
import { settingsSchema } from '../../src/config/settings/file/settings.schema.js';
import { SettingsDocument } from '../../src/config/settings/settings.js';

type Plain = Record<string, unknown>;

/** What no setting, or only some kinds of them, can be. */
const ODD = [
  null,
  true,
  0,
  -1,
  1.5,
  1e12,
  '',
  ' ',
  'a\nb',
  [],
  {},
  [null],
  [''],
  ['a', 'a'],
  [{}],
  { odd: 1 },
  'a b',
  '7',
];

const VALID: Plain = {
  tenants: [
    {
      name: 'north',
      allowPlainHttp: true,
      spid: {
        baseUrl: 'https://login.example.com',
        clientId: 'id',
        clientSecret: { env: 'SECRET' },
        signatureSecret: { env: 'SECRET' },
        signedAnswers: 'required',
        timeZone: 'Europe/Oslo',
        budget: { requests: 1, perSeconds: 1, concurrency: 1 },
      },
      import2: {
        baseUrl: 'https://import.example.com/api',
        apiToken: { env: 'SECRET' },
        webhook: { secret: { env: 'SECRET' }, previousSecret: { env: 'SECRET' } },
      },
    },
  ],
  callers: [access({ name: 'shop', keys: [{ sha256: 'a'.repeat(64) }] })],
  issuers: [
    access({
      name: 'corp',
      issuer: 'a',
      audience: 'b',
      jwksUri: 'https://id.example.com/keys',
      algorithms: ['RS256'],
    }),
  ],
  ledger: { answerKeys: [{ id: 'one', key: { env: 'KEY' } }] },
};

function access(own: Plain): Plain {
  const scopes = ['entitlements:read'];
  const limit = { requests: 1, perSeconds: 1 };
  return { ...own, tenants: ['north'], scopes, limit, scopeLimits: [{ name: 'one', scopes, limit }] };
}

const ENV = { SECRET: 'a-secret-of-19-letters', KEY: 'a'.repeat(64) };

/** Errors of the form of the file: not of what a reference leads to, nor of what only a parser can know. */
function parserAccepts(document: Plain): boolean {
  const report = new ConfigurationReport();
  parseDocument(structuredClone(document), { folder: '/nowhere', env: ENV }, report);
  try {
    report.throwErrors('file');
    return true;
  } catch (error) {
    return (error as ConfigurationError).issues.every(({ reason }) => reason.startsWith('refers to'));
  }
}

/** Every setting, as the steps that lead to it. */
function stepsOf(type: SettingsClass, before: readonly (string | number)[] = []): (string | number)[][] {
  return [...fieldsOf(type)].flatMap(([name, { type: nested, list }]) => {
    const here = [...before, name];
    return [here, ...(nested ? stepsOf(nested(), list ? [...here, 0] : here) : [])];
  });
}

function changed(steps: readonly (string | number)[], change: (holder: Plain, name: string) => void): Plain {
  const document = structuredClone(VALID);
  let holder = document;
  for (const step of steps.slice(0, -1)) holder = (holder[step] ??= {}) as Plain;
  change(holder, String(steps.at(-1)));
  return document;
}

describe('the JSON Schema and the parser of the settings file', () => {
  const validate = new Ajv({ allErrors: true, strict: true }).compile(settingsSchema());

  it('both accept a valid file', () => {
    expect([validate(VALID), parserAccepts(VALID)]).toEqual([true, true]);
  });

  it.each(stepsOf(SettingsDocument).map((steps) => [steps.join('.'), steps] as const))(
    'agree about %s: absent, and with odd values',
    (_name, steps) => {
      const documents = [
        changed(steps, (holder, name) => Reflect.deleteProperty(holder, name)),
        changed(steps, (holder) => (holder['odd'] = 1)),
        ...ODD.map((value) => changed(steps, (holder, name) => (holder[name] = value))),
      ];
      const disagreed = documents.filter((document) => {
        // Rules between settings are the second phase of the parser.
        const first = !validate(document) && !onlyBetween(validate.errors ?? []);
        return first === parserAccepts(document);
      });
      expect(
        disagreed.map((document) => steps.reduce<unknown>((part, step) => (part as Plain)?.[step], document)),
      ).toEqual([]);
    },
  );

  function onlyBetween(
    errors: readonly { readonly keyword: string; readonly schemaPath: string }[],
  ): boolean {
    return errors.every(({ keyword, schemaPath }) => /anyOf|dependencies/.test(keyword + schemaPath));
  }
});
