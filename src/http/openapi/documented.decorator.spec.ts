import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import * as swagger from '@nestjs/swagger';
import { applyDeclarations } from '../api.decorators.js';
import { Restricted } from '../auth/restrictions/restricted.decorator.js';
import { Idempotent } from '../idempotency/idempotent.decorator.js';
import { Documented, type RouteDocs } from './documented.decorator.js';

class ThingDto {
  readonly id: string;
}

class OtherDto {
  readonly count: number;
}

const PROSE = {
  operationId: 'getThing',
  summary: 'Read a thing',
  description: 'Safe to repeat at any time.',
};
const DOCS = { get: { ...PROSE, returns: ThingDto } } as const satisfies Record<string, RouteDocs>;

interface Documentation {
  readonly responses: Record<string, object>;
  readonly problems: readonly string[];
}

function documentationOf(controller: { readonly prototype: object }, name: string): Documentation {
  applyDeclarations(swagger);
  const handler = (controller.prototype as Record<string, object>)[name] ?? {};
  const extensions = Reflect.getMetadata('swagger/apiExtension', handler) as object | undefined;
  return {
    responses: Reflect.getMetadata('swagger/apiResponse', handler) as Record<string, object>,
    problems: Object.keys(extensions ?? {}).map((name) => name.replace('x-problem-', '')),
  };
}

describe('@Documented', () => {
  it('documents the status that the handler sends', () => {
    @Documented('Vouchers', {
      create: PROSE,
      count: { ...PROSE, returns: ThingDto, success: 'One.', location: 'Its path.' },
      run: PROSE,
    })
    @Controller()
    class Things {
      @Get()
      count(): ThingDto {
        return { id: '1' };
      }

      @Post()
      create(): void {}

      @Post()
      @Idempotent({
        write: { kind: 'token_import', upstream: 'spid', subject: () => ({}) },
        key: 'required',
        status: 200,
      })
      run(): void {}
    }
    const statuses = (name: keyof Things) => Object.keys(documentationOf(Things, name).responses);
    expect([statuses('count'), statuses('create'), statuses('run')]).toEqual([['200'], ['201'], ['200']]);
    expect(documentationOf(Things, 'count').responses).toEqual({
      200: expect.objectContaining({
        description: 'One.',
        type: ThingDto,
        headers: { Location: { description: 'Its path.', schema: { type: 'string' } } },
      }),
    });
  });

  it('documents the failures of what the handler reads beside those it names', () => {
    @Documented('Vouchers', {
      upstream: { ...PROSE, reads: 'upstream', problems: ['user-not-found'] },
      ledger: { ...PROSE, reads: 'ledger' },
    })
    @Controller()
    class Things {
      @Get()
      upstream(): void {}

      @Post()
      @HttpCode(202)
      ledger(): void {}
    }
    expect(documentationOf(Things, 'upstream').problems.toSorted()).toEqual([
      'upstream-garbled',
      'upstream-misconfigured',
      'upstream-rejected',
      'upstream-throttled',
      'upstream-unavailable',
      'user-not-found',
    ]);
    expect(documentationOf(Things, 'ledger').problems).toEqual(['ledger-unavailable']);
    expect(Object.keys(documentationOf(Things, 'ledger').responses)).toEqual(['202']);
  });

  it('does not compile for a handler that returns something else, or that does not exist', () => {
    const document = Documented('Vouchers', DOCS);
    class WrongBody {
      get(): Promise<OtherDto> {
        return Promise.resolve({ count: 1 });
      }
    }
    class NoBody {
      get(): void {}
    }
    class Nothing {}
    // @ts-expect-error -- the documented body has an id, this one a count
    document(WrongBody);
    // @ts-expect-error -- a body is documented, and none is returned
    document(NoBody);
    // @ts-expect-error -- no such handler
    expect(() => document(Nothing)).toThrow('get is documented and is no method of its controller');
  });
});

describe('@Idempotent', () => {
  class Writes {
    @Idempotent({
      write: { kind: 'voucher_handout', upstream: 'spid', subject: () => ({}) },
      key: 'required',
    })
    plain(): void {}

    @Idempotent({
      write: { kind: 'entitlement_grant', upstream: 'spid', subject: () => ({}), snapshot: 'deciding' },
      key: 'optional',
    })
    readFirst(): void {}
  }
  const ALWAYS = [
    'answer-lost',
    'idempotency-key-missing',
    'idempotency-key-reused',
    'ledger-unavailable',
    'operation-in-progress',
    'outcome-unknown',
    'upstream-misconfigured',
    'upstream-rejected',
    'upstream-throttled',
    'upstream-unavailable',
  ];

  it('documents the problems of the key, the ledger and the upstream', () => {
    expect(documentationOf(Writes, 'plain').problems.toSorted()).toEqual(ALWAYS);
  });

  it('documents an unreadable response of the read that precedes a write', () => {
    const problems = documentationOf(Writes, 'readFirst').problems.toSorted();
    expect(problems).toEqual([...ALWAYS, 'upstream-garbled'].toSorted());
  });
});

describe('@Restricted', () => {
  it('documents the refusal of what lies outside, where there is one', () => {
    class Routes {
      @Restricted({ product: { in: 'body', name: 'productId' }, voucherGroup: { in: 'new' } })
      create(): void {}

      @Restricted({ voucherGroup: { in: 'response', name: 'voucherGroupId', missing: 'voucher' } })
      read(): void {}

      @Restricted({ tokenName: { in: 'items', name: 'name' } })
      list(): void {}
    }
    const problems = ['create', 'read', 'list'].map((name) => documentationOf(Routes, name).problems);
    expect(problems).toEqual([['product-not-found'], ['voucher-not-found'], []]);
  });

  it('is refused at start when a route has it twice, for one would replace the other', () => {
    const once = Restricted({ product: { in: 'path', name: 'productId' } });
    const descriptor = { value: () => undefined };
    once({}, 'check', descriptor);
    expect(() => once({}, 'check', descriptor)).toThrow('check is @Restricted twice');
  });
});
