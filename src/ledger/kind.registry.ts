import type { OperationDeclaration, RequestValues } from './operation.declaration.js';
import { OPERATION_KINDS, type OperationKind } from './operation.kind.js';
import type { Awaits, Operation, OperationSubject, StoredResponse } from './operation.types.js';

/** The declarations of all kinds, by name. */
export class KindRegistry {
  readonly #byKind: ReadonlyMap<OperationKind, OperationDeclaration>;

  /** @throws TypeError unless each kind is declared exactly once */
  constructor(declarations: readonly OperationDeclaration[]) {
    this.#byKind = new Map(declarations.map((each) => [each.kind, each]));
    const isComplete = OPERATION_KINDS.every((kind) => this.#byKind.has(kind));
    if (!isComplete || declarations.length !== OPERATION_KINDS.length) {
      throw new TypeError('each kind of operation must be declared exactly once');
    }
  }

  of(kind: OperationKind): OperationDeclaration {
    const declaration = this.#byKind.get(kind);
    if (!declaration) throw new TypeError(`'${kind}' is not a kind of operation`);
    return declaration;
  }

  /** Kinds whose effect can be proved by reading it back from the upstream. */
  get provable(): readonly OperationKind[] {
    return OPERATION_KINDS.filter((kind) => this.of(kind).snapshot === 'deciding');
  }

  /** What an operation waits for once its outcome is unknown: without a snapshot nothing can be proved. */
  awaitsOf(kind: OperationKind, hasSnapshot: boolean): Awaits {
    return this.of(kind).snapshot === 'deciding' && hasSnapshot ? 'evidence' : 'person';
  }

  exclusiveKeyOf(kind: OperationKind, subject: OperationSubject): string | null {
    return this.of(kind).exclusiveKey?.(subject) ?? null;
  }

  /** The response of an operation that was decided as executed; undefined if only the upstream knew it. */
  responseIfExecuted({ id, kind, subject, request }: Operation): StoredResponse | undefined {
    const body = (request['body'] ?? {}) as RequestValues;
    return this.of(kind).responseIfExecuted?.(id, subject, body);
  }
}
