import { Ajv, type ValidateFunction } from 'ajv';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { run } from '../../src/cli/tollgate.cli.js';
import { fieldsOf, formOf, type SettingsClass } from '../../src/config/fields/field.schema.js';
import { isRequired, settingsSchema } from '../../src/config/settings/file/settings.schema.js';
import { SettingsDocument } from '../../src/config/settings/settings.js';
import { scopesTable, settingsSections } from './settings.page.js';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'docs/settings.md');
const SCHEMA = join(ROOT, 'docs/settings.schema.json');

const page = readFileSync(PAGE, 'utf8');
const schema = settingsSchema() as { definitions: Record<string, object> };

async function formatted(text: string, path: string): Promise<string> {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

function generated(): string {
  const openapi = JSON.parse(readFileSync(join(ROOT, 'src/http/openapi/openapi.json'), 'utf8'));
  const parts = { scopes: scopesTable(openapi), settings: settingsSections() };
  return Object.entries(parts).reduce(
    (text, [name, part]) =>
      text.replace(
        new RegExp(`(<!-- ${name}: .* -->\n)[^]*?(<!-- end -->)`),
        (_, begin, end) => `${begin}\n${part}\n\n${end}`,
      ),
    page,
  );
}

async function tollgate(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const terminal = { env: {}, out: (text: string) => (out += text), err: (text: string) => (err += text) };
  return { code: await run(args, terminal), out, err };
}

function classes(
  type: SettingsClass = SettingsDocument,
  seen = new Set<SettingsClass>(),
): Set<SettingsClass> {
  seen.add(type);
  for (const { type: nested } of fieldsOf(type).values())
    if (nested && !seen.has(nested())) classes(nested(), seen);
  return seen;
}

describe('docs/settings.md', () => {
  it('has every setting and scope as the code has them (UPDATE_SETTINGS=1 writes it)', async () => {
    const expected = await formatted(generated(), PAGE);
    if (process.env['UPDATE_SETTINGS']) writeFileSync(PAGE, expected);
    expect(readFileSync(PAGE, 'utf8')).toBe(expected);
  });

  it('has sentences about every setting', () => {
    const silent = [...classes()].flatMap((type) =>
      [...fieldsOf(type)].flatMap(([name, { about }]) => (about ? [] : [`${type.name}.${name}`])),
    );
    expect(silent).toEqual([]);
  });

  it('has a complete example of two tenants that config check accepts without a warning', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-example-'));
    try {
      const example = /## Two tenants\n+```yaml\n([^]*?)```/.exec(page)?.[1] ?? '';
      for (const [, path = ''] of example.matchAll(/file: ([\w/.-]+)/g)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        // Different for each file: tenants must not share a secret of webhooks.
        const text = Buffer.alloc(32, path).toString('base64');
        writeFileSync(join(folder, path), text, { mode: 0o600 });
      }
      writeFileSync(join(folder, 'tollgate.yaml'), example);
      const { code, out, err } = await tollgate('config', 'check', join(folder, 'tollgate.yaml'));
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/^2 tenants\n/);
      expect(out).toMatch(/tollgate\.yaml is valid\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has examples that YAML 1.1 reads alike', () => {
    for (const type of classes()) {
      const example = formOf(type)?.example.replaceAll('…', '') ?? '{}';
      expect(parse(example, { version: '1.1' })).toEqual(parse(example));
    }
  });

  it('has an example with every required setting and no unknown one for each mapping', () => {
    const wrong = [...classes()].flatMap((type) => {
      const example = Object.keys(parse(formOf(type)?.example.replaceAll('…', '') ?? '{}') as object);
      const names = [...fieldsOf(type).keys()];
      const missing = names.filter((name) => isRequired(type, name) && !example.includes(name));
      return [...missing, ...example.filter((name) => !names.includes(name))].map(
        (name) => `${type.name}.${name}`,
      );
    });
    expect(wrong).toEqual([]);
  });
});

describe('the JSON Schema of the settings file', () => {
  const ajv = new Ajv({ allErrors: true, strict: true });
  const validate = ajv.compile(schema);

  it('is what config schema prints, and published (UPDATE_SETTINGS=1 writes it)', async () => {
    const { out } = await tollgate('config', 'schema');
    if (process.env['UPDATE_SETTINGS']) writeFileSync(SCHEMA, await formatted(out, SCHEMA));
    expect(JSON.parse(readFileSync(SCHEMA, 'utf8'))).toEqual(JSON.parse(out));
  });

  const files = globSync('{deploy,docs,bench}/**/*.{yaml,yml}', { cwd: ROOT });

  it.each(files)('accepts %s, which names it for editors', (file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    expect(parse(text, { version: '1.1' })).toEqual(parse(text));
    expect(validate(parse(text)) || validate.errors).toBe(true);
    const [, named = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
    expect(join(ROOT, dirname(file), named)).toBe(SCHEMA);
  });

  const blocks = globSync('{README.md,docs/**/*.md}', { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => ({
      file,
      text,
    })),
  );

  /** The validators of all settings of this name. */
  function settingsNamed(name: string): ValidateFunction[] {
    const mappings = [schema, ...Object.values(schema.definitions)] as {
      properties?: Record<string, object>;
    }[];
    return mappings.flatMap(({ properties = {} }) =>
      properties[name] ? [ajv.compile({ ...properties[name], definitions: schema.definitions })] : [],
    );
  }

  /** Excerpts leave out what they are not about. */
  const accepts = (validator: ValidateFunction, value: unknown) =>
    validator(value) ||
    validator.errors?.every(({ keyword }) => ['required', 'anyOf'].includes(keyword)) === true;

  it.each(blocks)('accepts the settings in $file, which YAML 1.1 reads alike', ({ text }) => {
    expect(parse(text, { version: '1.1' })).toEqual(parse(text));
    const document = parse(text.replaceAll(/[0-9a-f]+…/g, 'a'.repeat(64))) as Record<string, unknown>;
    for (const [name, value] of Object.entries(document)) {
      const validators = settingsNamed(name);
      expect(validators.some((each) => accepts(each, value)) || validators.map(({ errors }) => errors)).toBe(
        true,
      );
    }
  });
});
