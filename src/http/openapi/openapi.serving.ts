import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { readFile } from 'node:fs/promises';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { type DemoKey, servePage } from './pages/docs.page.js';
import { apiDescription } from './openapi.description.js';
import { asOpenApi30 } from './openapi30.js';

/** Made of the decorators by `test/http/openapi/generator`; a test compares them. */
const DOCUMENT = new URL('openapi.json', import.meta.url);

const SAME_HOST: Pick<OpenAPIObject, 'servers'> = {
  servers: [{ url: '/', description: 'The gateway that serves this document.' }],
};

/** The document of the page, which calls the gateway that it was loaded from. */
const DOCUMENT_OF_PAGE = '/docs/openapi.json';

const DOCUMENTS: Readonly<Record<string, (source: OpenAPIObject) => OpenAPIObject>> = {
  '/openapi.json': (source) => source,
  '/openapi-3.0.json': asOpenApi30,
  [DOCUMENT_OF_PAGE]: (source) => ({ ...source, ...SAME_HOST }),
};

/**
 * Serves the documents, and a page to browse the API at `/docs` with all its assets. Reads them at the first request, and
 * serializes each again after the retention in its description has changed. `/` leads to the page.
 * @param demoKeys shown on the page
 */
export function serveDocuments(app: NestFastifyApplication, demoKeys: readonly DemoKey[] = []): void {
  const settings = app.get(SettingsSource);
  const server = app.getHttpAdapter().getInstance();
  for (const [path, dialect] of Object.entries(DOCUMENTS)) {
    let made: { readonly description: string; readonly text: string } | undefined;
    const current = async (): Promise<string> => {
      const description = apiDescription(settings.current.ledger);
      if (made?.description !== description) {
        const { info, ...document } = await readSource();
        const text = JSON.stringify(dialect({ ...document, info: { ...info, description } }));
        made = { description, text };
      }
      return made.text;
    };
    server.get(path, async (_request, reply) =>
      reply.type('application/json; charset=utf-8').send(await current()),
    );
  }
  servePage(server, DOCUMENT_OF_PAGE, demoKeys);
}

async function readSource(): Promise<OpenAPIObject> {
  return JSON.parse(await readFile(DOCUMENT, 'utf8')) as OpenAPIObject;
}
