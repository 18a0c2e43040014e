import type { OpenAPIObject } from '@nestjs/swagger';
import { problemExample } from './problem.examples.js';
import { PROBLEMS } from '../../../../src/http/problems/problem.types.js';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const FIELD_PROBLEM: Schemas[string] = {
  type: 'object',
  description: 'One invalid field of the request.',
  required: ['pointer', 'detail'],
  properties: {
    pointer: {
      type: 'string',
      description: 'JSON pointer into the body, or `/path/…`, `/query/…`, `/headers/…`.',
      example: '/amount',
    },
    detail: {
      type: 'string',
      description: 'What is wrong with it.',
      example: 'must be a whole number from 1 to 100',
    },
  },
};

const PROBLEM: Schemas[string] = {
  type: 'object',
  description: 'What went wrong (RFC 9457).',
  required: ['type', 'code', 'title', 'status', 'detail', 'instance'],
  properties: {
    type: {
      type: 'string',
      format: 'uri-reference',
      description: 'Path of a page that explains the problem and what to do; ends in `code`.',
    },
    code: {
      type: 'string',
      enum: Object.keys(PROBLEMS),
      description: 'Name of the problem, to decide by.',
    },
    title: { type: 'string', description: 'Short description of the problem type.' },
    status: { type: 'integer', format: 'int32', description: 'The HTTP status.' },
    detail: { type: 'string', description: 'Description of this occurrence.' },
    instance: {
      type: 'string',
      format: 'uri',
      description: 'Identifies the request; quote it when you contact the operators.',
    },
    outcome: {
      description: 'On writes: whether the write was executed.',
      allOf: [{ $ref: '#/components/schemas/OperationOutcome' }],
    },
    reason: {
      type: 'string',
      description: 'With `ledger-unavailable`: the reason, with the same values as in `/health/ready`.',
    },
    operation: {
      type: 'string',
      format: 'uri-reference',
      description: 'Path of the operation, if there is one.',
    },
    operationId: { type: 'string', description: 'Id of the operation, if there is one.' },
    retryAfterSeconds: {
      type: 'integer',
      format: 'int64',
      description: 'The same number as in `Retry-After`.',
    },
    violatedPolicies: {
      type: 'array',
      description: 'With `rate-limited`: the policies of `RateLimit-Policy` that are used up.',
      items: { type: 'string' },
    },
    errors: {
      type: 'array',
      description: 'The invalid fields.',
      items: { $ref: '#/components/schemas/FieldProblem' },
    },
  },
  example: problemExample('validation-failed'),
};

export const PROBLEM_SCHEMAS: Schemas = { FieldProblem: FIELD_PROBLEM, Problem: PROBLEM };
