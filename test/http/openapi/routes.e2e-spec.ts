import { ACCESS, OPEN } from '../../../src/http/auth/access.decorator.js';
import { IDEMPOTENT, type IdempotentOptions } from '../../../src/http/idempotency/idempotent.decorator.js';
import { OPERATION_KINDS } from '../../../src/ledger/operation.kind.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { type Route, routesOf } from '../../support/routes.js';

/** Non-GET routes that are not operations, because they send no write to an upstream. */
const NO_OPERATION = new Set([
  // Decides an operation; it is not one itself.
  'OperationsController.resolveOperation',
  // Reads the upstream and records evidence.
  'OperationsController.probeOperation',
  // Called by Import2, which sends no keys; a repeat is recognised by its content.
  'Import2WebhooksController.receive',
]);

/** Routes that anyone may call, each with the reason. */
const OPEN_ROUTES = [
  // Load balancers have no key; the response contains only the status.
  'HealthController.live',
  'HealthController.ready',
  // The `type` of every problem refers to these pages, also for a missing key.
  'ProblemPagesController.list',
  'ProblemPagesController.show',
  // Authenticated by a signature over the body.
  'Import2WebhooksController.receive',
];

/** Routes that read neither an upstream nor the ledger. */
const READS_NOTHING = new Set([
  'HealthController.live',
  'HealthController.ready',
  'HealthController.listUpstreams',
  'MetricsController.readMetrics',
  'ProblemPagesController.list',
  'ProblemPagesController.show',
]);

describe('every route', () => {
  let gateway: TestGateway;
  let routes: Route[];

  beforeAll(async () => {
    gateway = await startGateway();
    routes = routesOf(gateway);
  });

  afterAll(() => gateway.close());

  it('declares a scope or is declared open', () => {
    const undeclared = routes.filter(
      ({ handler, controller }) =>
        Reflect.getMetadata(ACCESS, handler) === undefined &&
        Reflect.getMetadata(OPEN, handler) === undefined &&
        Reflect.getMetadata(OPEN, controller) === undefined,
    );
    expect(undeclared.map(({ name }) => name)).toEqual([]);
  });

  it('is open only with a documented reason', () => {
    const open = routes.filter(
      ({ handler, controller }) =>
        Reflect.getMetadata(OPEN, handler) === true || Reflect.getMetadata(OPEN, controller) === true,
    );
    expect(open.map(({ name }) => name).toSorted()).toEqual(OPEN_ROUTES.toSorted());
  });

  it('is an operation when it writes, and only then', () => {
    const writes = routes.filter(({ method, name }) => method !== 'GET' && !NO_OPERATION.has(name));
    const operations = routes.filter(({ handler }) => Reflect.hasMetadata(IDEMPOTENT, handler));
    expect(operations.map(({ name }) => name).toSorted()).toEqual(writes.map(({ name }) => name).toSorted());
  });

  it('documents what it reads, unless it is an operation', () => {
    const others = routes.filter(({ handler }) => !Reflect.hasMetadata(IDEMPOTENT, handler));
    const silent = others.filter(({ name, handler }) => {
      const documented = Object.keys((Reflect.getMetadata('swagger/apiExtension', handler) as object) ?? {});
      const reads = ['x-problem-upstream-garbled', 'x-problem-ledger-unavailable'];
      return !READS_NOTHING.has(name) && !reads.some((problem) => documented.includes(problem));
    });
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('has an operation kind of its own, and every kind has a route', () => {
    const kinds = routes
      .map(
        ({ handler }) =>
          (Reflect.getMetadata(IDEMPOTENT, handler) as IdempotentOptions | undefined)?.write.kind,
      )
      .filter((kind) => kind !== undefined);
    expect(kinds.toSorted()).toEqual([...OPERATION_KINDS].toSorted());
  });
});
