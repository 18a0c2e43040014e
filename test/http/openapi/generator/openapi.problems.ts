import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEM_EXTENSION_PREFIX } from '../../../../src/http/problems/api-problems.decorator.js';
import { PROBLEM_ADVICE } from '../../../../src/http/problems/problem.advice.js';
import { problemExample } from './problem.examples.js';
import { PROBLEMS, type ProblemSlug } from '../../../../src/http/problems/problem.types.js';
import { headersOfProblem } from './openapi.headers.js';
import { type OpenApiOperation, operationsOf } from './openapi.operations.js';
import { PROBLEM_SCHEMAS } from './problem.schema.js';

/** Problems of every route, in place of the statuses that no route documents on its own. */
const ELSEWHERE = {
  '4XX': [
    'route-not-found',
    'method-not-allowed',
    'request-timeout',
    'payload-too-large',
    'unsupported-media-type',
  ],
  '5XX': ['internal-error'],
} as const satisfies Record<string, readonly ProblemSlug[]>;

type Responses = NonNullable<NonNullable<OpenAPIObject['components']>['responses']>;

/**
 * Turns the slugs that `@ApiProblems` sets on each route into responses, one for each status. Routes with the same problems
 * share a response.
 */
export function addProblemResponses(document: OpenAPIObject): OpenAPIObject {
  const shared: Responses = {
    OtherClientProblem: responseOf('4XX', ELSEWHERE['4XX'], 'Any other error of the request.'),
    OtherServerProblem: responseOf('5XX', ELSEWHERE['5XX'], 'Any other failure.'),
  };
  for (const operation of operationsOf(document)) {
    // A route without authentication needs an empty list; the linter and some generators require it.
    operation.security ??= [];
    const slugs = takeSlugs(operation);
    for (const [status, group = []] of Object.entries(
      Object.groupBy(slugs, (slug) => String(PROBLEMS[slug].status)),
    )) {
      const name = group.map(pascalCaseOf).join('Or');
      shared[name] ??= responseOf(status, group);
      operation.responses[status] = { $ref: `#/components/responses/${name}` };
    }
    operation.responses['4XX'] = { $ref: '#/components/responses/OtherClientProblem' };
    operation.responses['5XX'] = { $ref: '#/components/responses/OtherServerProblem' };
  }
  const { schemas, ...components } = document.components ?? {};
  document.components = { ...components, responses: shared, schemas: { ...schemas, ...PROBLEM_SCHEMAS } };
  return document;
}

function takeSlugs(operation: OpenApiOperation): ProblemSlug[] {
  const extensions = Object.keys(operation).filter((key) => key.startsWith(PROBLEM_EXTENSION_PREFIX));
  for (const extension of extensions) delete operation[extension];
  return extensions
    .map((extension) => extension.slice(PROBLEM_EXTENSION_PREFIX.length) as ProblemSlug)
    .toSorted();
}

function responseOf(status: string, slugs: readonly ProblemSlug[], title?: string): Responses[string] {
  const examples = slugs.map((slug) => [slug, { value: problemExample(slug) }]);
  const lines = slugs.map((slug) => `\`${slug}\`: ${PROBLEM_ADVICE[slug]}`);
  return {
    description: [...(title === undefined ? [] : [title]), ...lines].join('\n\n'),
    headers: headersOfProblem(status),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(examples) as Record<string, { value: unknown }>,
      },
    },
  };
}

function pascalCaseOf(slug: string): string {
  return slug.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
