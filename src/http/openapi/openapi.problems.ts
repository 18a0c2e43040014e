import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEM_EXTENSION_PREFIX } from '../problems/api-problems.decorator.js';
import { problemTypeOf } from '../problems/problem.body.js';
import { PROBLEM_ADVICE } from '../problems/problem.advice.js';
import { PROBLEMS, type ProblemSlug } from '../problems/problem.types.js';

type OpenApiOperation = Record<string, unknown> & { responses: Record<string, unknown> };

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'What went wrong (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'instance'],
  properties: {
    type: {
      type: 'string',
      description:
        'Path of a page that explains the problem and what to do; ends in the name of the problem.',
    },
    title: { type: 'string', description: 'Short description of the problem type.' },
    status: { type: 'integer', minimum: 400, maximum: 599, description: 'The HTTP status.' },
    detail: { type: 'string', description: 'Description of this occurrence.' },
    instance: {
      type: 'string',
      description: 'Identifies the request; quote it when you contact the operators.',
    },
    outcome: {
      type: 'string',
      enum: ['not_executed', 'executed', 'unknown'],
      description: 'On writes: whether the write was executed.',
    },
    reason: {
      type: 'string',
      description: 'With `ledger-unavailable`: the reason, with the same values as in `/health/ready`.',
    },
    operation: { type: 'string', description: 'Path of the operation, if there is one.' },
    retryAfterSeconds: { type: 'integer', minimum: 0, description: 'The same number as in `Retry-After`.' },
    violatedPolicies: {
      type: 'array',
      description: 'With `rate-limited`: the policies of `RateLimit-Policy` that are used up.',
      items: { type: 'string' },
    },
    errors: {
      type: 'array',
      description: 'The invalid fields.',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: {
            type: 'string',
            description: 'JSON pointer into the body, or `/path/…`, `/query/…`, `/headers/…`.',
          },
          detail: { type: 'string', description: 'What is wrong with it.' },
        },
      },
    },
  },
};

/** Turns the slugs that `@ApiProblems` sets on each route into responses, one for each status. */
export function addProblemResponses(document: OpenAPIObject): OpenAPIObject {
  for (const operation of operationsOf(document)) {
    // A route without authentication needs an empty list; the linter and some generators require it.
    operation['security'] ??= [];
    const slugs = takeSlugs(operation);
    for (const [status, group] of Object.entries(Object.groupBy(slugs, (slug) => PROBLEMS[slug].status))) {
      operation.responses[status] = responseOf(group ?? []);
    }
  }
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, Problem: PROBLEM_SCHEMA as object };
  return document;
}

function takeSlugs(operation: OpenApiOperation): ProblemSlug[] {
  const extensions = Object.keys(operation).filter((key) => key.startsWith(PROBLEM_EXTENSION_PREFIX));
  for (const extension of extensions) delete operation[extension];
  return extensions
    .map((extension) => extension.slice(PROBLEM_EXTENSION_PREFIX.length) as ProblemSlug)
    .toSorted();
}

function responseOf(slugs: readonly ProblemSlug[]): object {
  const examples = slugs.map((slug) => [slug, { value: exampleOf(slug) }]);
  return {
    description: slugs.map((slug) => `\`${slug}\`: ${PROBLEM_ADVICE[slug]}`).join('\n\n'),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(examples) as object,
      },
    },
  };
}

function exampleOf(slug: ProblemSlug): object {
  const { status, title } = PROBLEMS[slug];
  return {
    type: problemTypeOf(slug),
    title,
    status,
    detail: PROBLEM_ADVICE[slug].replaceAll('`', ''),
    instance: 'urn:tollgate:request:7f1f7e5c-3d1b-4a53-9d8e-0f6d5a5b9b1e',
  };
}

function operationsOf(document: OpenAPIObject): OpenApiOperation[] {
  const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;
  return Object.values(document.paths).flatMap((item) =>
    methods.flatMap((method) => (item[method] ? [item[method] as unknown as OpenApiOperation] : [])),
  );
}
