import { HttpCode } from '@nestjs/common';
import { HTTP_CODE_METADATA } from '@nestjs/common/constants.js';
import { requestContext } from '../../../telemetry/request.context.js';
import { Restricted } from './restricted.decorator.js';

class Routes {
  readonly #items = [{ id: '1' }, { id: '2' }];

  @Restricted({ product: { in: 'items', name: 'id' } })
  @HttpCode(202)
  list() {
    return Promise.resolve({ items: this.#items, next: null });
  }
}

const items = (products: string[] | undefined) =>
  requestContext.run({ requestId: 'r', upstreamCalls: 0, resources: products ? { products } : {} }, () =>
    new Routes().list(),
  );

describe('restrictResponse', () => {
  it('removes items outside the restriction, and nothing else', async () => {
    expect(await items(['2'])).toEqual({ items: [{ id: '2' }], next: null });
    expect(await items([])).toEqual({ items: [], next: null });
    expect(await items(undefined)).toEqual({ items: [{ id: '1' }, { id: '2' }], next: null });
  });

  it('returns nothing where no guard has set what the caller may reach', async () => {
    await expect(new Routes().list()).rejects.toThrow('the reach of the caller is unknown');
    const unguarded = requestContext.run({ requestId: 'r', upstreamCalls: 0 }, () => new Routes().list());
    await expect(unguarded).rejects.toThrow('the reach of the caller is unknown');
  });

  it('keeps the name of the handler and what decorators before it have declared', () => {
    const list = Object.getOwnPropertyDescriptor(Routes.prototype, 'list')?.value as () => unknown;
    expect(list.name).toBe('list');
    expect(Reflect.getMetadata(HTTP_CODE_METADATA, list)).toBe(202);
  });
});
