import type { FastifyInstance } from 'fastify';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A key that the page at /docs may show and use, because it opens nothing but the simulators of this machine. */
export interface DemoKey {
  readonly key: string;
  /** What it may do, in a few words. */
  readonly use: string;
}

/** A barrier, in place of the logo of the library that renders the page. */
const FAVICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#1f3a5f"/><path d="M6 12h4v14H6z" fill="#fff"/><path d="M10 12l17-5v4l-17 5z" fill="#f2b134"/></svg>
`;

/** At `/`, for clients that do not follow the redirection. */
const HOME = `Tollgate: one API in front of SPiD and Import2.

/docs           browse the API and try it out
/openapi.json   its document (OpenAPI 3.1)
/docs/problems  every error and what to do
/health/ready   whether this gateway is ready
`;

/** What the functions below use of the page; they are sent to the browser as text. */
interface ApiDocument {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly parameters?: readonly Parameter[] }>>>
  >;
  readonly components: {
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly securitySchemes: { readonly key: { description: string } };
  };
}

interface Parameter {
  readonly in?: string;
  readonly required?: boolean;
  description?: string;
  /** Absent from a reference. */
  readonly schema?: { example?: string | number | boolean; default?: unknown };
}

interface LoadedResponse {
  readonly url: string;
  readonly ok: boolean;
  text: string;
}

interface PageOptions {
  readonly demoKeys: readonly DemoKey[];
  readonly blankOptional: typeof blankOptional;
  readonly addDemo: typeof addDemo;
}

/** In the scope where the script of the page evaluates these functions. */
declare const options: { readonly swaggerUrl: string; readonly customOptions: PageOptions };
declare const window: { readonly ui: { preauthorizeApiKey(scheme: string, key: string): void } };
declare function fetch(
  path: string,
  init: { readonly headers: Readonly<Record<string, string>> },
): Promise<{ json(): Promise<{ readonly items?: readonly { readonly id: string }[] }> }>;

async function prepareDocument(response: LoadedResponse): Promise<LoadedResponse> {
  if (!response.ok || !response.url.endsWith(options.swaggerUrl)) return response;
  const { blankOptional, addDemo, demoKeys } = options.customOptions;
  const document = JSON.parse(response.text) as ApiDocument;
  blankOptional(document);
  const [first] = demoKeys;
  if (first) await addDemo(document, first);
  response.text = JSON.stringify(document);
  return response;
}

/** "Try it out" would send the example of every parameter: that of an optional one moves into its description. */
function blankOptional({ paths, components }: ApiDocument): void {
  const own = Object.values(paths).flatMap((path) =>
    Object.values(path).flatMap(({ parameters }) => parameters ?? []),
  );
  for (const parameter of [...own, ...Object.values(components.parameters)]) {
    const { schema, required, description = '' } = parameter;
    if (required || !schema) continue;
    if (schema.example !== undefined)
      parameter.description = `${description} Example: \`${String(schema.example)}\`.`;
    delete schema.example;
    delete schema.default;
  }
}

/** Shows the keys, and makes the newest operations the examples of their paths. */
async function addDemo({ paths, components }: ApiDocument, { key }: DemoKey): Promise<void> {
  const { demoKeys } = options.customOptions;
  const keys = demoKeys.map((each) => `\`${each.key}\` (${each.use})`).join(', ');
  components.securitySchemes.key.description += `\n\nKeys of this demo: ${keys}.`;
  for (const [prefix, query] of [
    ['/v1/operations/{id}', ''],
    ['/v1/voucher-handouts/{id}', '&kind=voucher_handout'],
  ] as const) {
    const headers = { authorization: `Bearer ${key}` };
    const newest = await (await fetch(`/v1/operations?limit=1${query}`, { headers })).json();
    const id = newest.items?.[0]?.id;
    const items = Object.entries(paths).flatMap(([path, item]) =>
      path.startsWith(prefix) ? Object.values(item) : [],
    );
    for (const parameter of items.flatMap(({ parameters }) => parameters ?? [])) {
      if (id !== undefined && parameter.in === 'path' && parameter.schema) parameter.schema.example = id;
    }
  }
}

/** Fills in the first demo key. */
function authorizeDemo(): void {
  const [first] = options.customOptions.demoKeys;
  if (first) window.ui.preauthorizeApiKey('key', first.key);
}

/** A key that is entered is forgotten with the page. */
function optionsOf(documentUrl: string, demoKeys: readonly DemoKey[]) {
  return {
    swaggerUrl: documentUrl,
    customOptions: {
      // Without the bar that names the library.
      layout: 'BaseLayout',
      // Without this the page calls a public service to validate the document.
      validatorUrl: null,
      persistAuthorization: false,
      demoKeys,
      blankOptional,
      addDemo,
      responseInterceptor: prepareDocument,
      onComplete: authorizeDemo,
    },
  };
}

/** Loads the document by its URL: embedded in the script, it would be serialized for each visit. */
function scriptOf(documentUrl: string, demoKeys: readonly DemoKey[]): string {
  const functions: string[] = [];
  const json = JSON.stringify(
    optionsOf(documentUrl, demoKeys),
    (_name, value: unknown) =>
      typeof value === 'function' ? `function ${functions.push(String(value)) - 1}` : value,
    2,
  ).replace(/"function (\d+)"/g, (_match, index: string) => functions[Number(index)] ?? '');
  return `window.onload = () => {
const options = ${json};
window.ui = SwaggerUIBundle({
  url: options.swaggerUrl,
  dom_id: '#swagger-ui',
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis],
  ...options.customOptions,
});
};
`;
}

const HTML = `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <title>Tollgate API</title>
  <link rel="icon" href="/docs/favicon.svg">
  <link rel="stylesheet" href="/docs/swagger-ui.css">
  <link rel="stylesheet" href="/docs/index.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/swagger-ui-init.js"></script>
</body>
</html>
`;

/** Of Swagger UI, as the page names them; read when they are asked for, and sent as bytes, which are not searched for secrets. */
const FILES = {
  'index.css': 'text/css',
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
};

/** The page at /docs with the files of Swagger UI, its icon, and `/`, which leads to it. */
export function servePage(server: FastifyInstance, documentUrl: string, demoKeys: readonly DemoKey[]): void {
  const script = scriptOf(documentUrl, demoKeys);
  for (const path of ['/docs', '/docs/', '/docs/index.html']) {
    server.get(path, async (_request, reply) => reply.type('text/html; charset=utf-8').send(HTML));
  }
  server.get('/docs/swagger-ui-init.js', async (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(script),
  );
  server.get('/docs/favicon.svg', async (_request, reply) => reply.type('image/svg+xml').send(FAVICON));
  for (const [name, type] of Object.entries(FILES)) {
    const path = require.resolve(`swagger-ui-dist/${name}`);
    server.get(`/docs/${name}`, async (_request, reply) =>
      reply.type(`${type}; charset=utf-8`).send(await readFile(path)),
    );
  }
  server.get('/', async (_request, reply) =>
    reply.code(302).header('location', '/docs').type('text/plain; charset=utf-8').send(HOME),
  );
}
