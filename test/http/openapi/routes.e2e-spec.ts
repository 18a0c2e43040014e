import { ACCESS, OPEN } from '../../../src/http/auth/access.decorator.js';
import { IDEMPOTENT, type IdempotentOptions } from '../../../src/http/idempotency/idempotent.decorator.js';
import { OPERATION_KINDS } from '../../../src/ledger/operation.kind.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { type Route, routesOf } from '../../support/routes.js';

/** Writes that are no operations: they send nothing to an upstream. */
const NO_OPERATION = new Set([
  // Decides about an operation; it is not one itself.
  'OperationsController.resolveOperation',
  // Reads for a person; what it writes is evidence.
  'OperationsController.probeOperation',
  // Called by Import2, which has no keys to repeat; a repeat is known by what it says.
  'Import2WebhooksController.receive',
]);

/** Routes that anyone may call, each with the reason. */
const OPEN_ROUTES = [
  // Load balancers have no key, and learn nothing but up or down.
  'HealthController.live',
  'HealthController.ready',
  // The `type` of every problem leads here, also that of a missing key.
  'ProblemPagesController.list',
  'ProblemPagesController.show',
  // A signature over the body is the proof.
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

  it('declares a scope or says that it is open', () => {
    const undeclared = routes.filter(
      ({ handler, controller }) =>
        Reflect.getMetadata(ACCESS, handler) === undefined &&
        Reflect.getMetadata(OPEN, handler) === undefined &&
        Reflect.getMetadata(OPEN, controller) === undefined,
    );
    expect(undeclared.map(({ name }) => name)).toEqual([]);
  });

  it('is open only for a reason that is written down', () => {
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

  it('has an operation kind of its own, and no kind is dead', () => {
    const kinds = routes
      .map(
        ({ handler }) =>
          (Reflect.getMetadata(IDEMPOTENT, handler) as IdempotentOptions | undefined)?.write.kind,
      )
      .filter((kind) => kind !== undefined);
    expect(kinds.toSorted()).toEqual([...OPERATION_KINDS].toSorted());
  });
});
