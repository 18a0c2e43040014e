import { About, Form } from '../fields/field.schema.js';
import { Word } from '../fields/settings.fields.js';

const SNAPSHOT_POLICIES = ['off', 'on', 'all'] as const;

/**
 * `on`: the subject of a write is read before it, one vendor call, except for handouts. `all`: for handouts too. `off`: no
 * call is spent, and a person decides about every unknown outcome.
 */
export type SnapshotPolicy = (typeof SNAPSHOT_POLICIES)[number];

/** What is read from a vendor so that an unknown outcome can be decided later. */
@Form({ example: "{ snapshots: 'on' }" })
export class EvidenceSettings {
  @About(
    '`on`: the subject of a write is read before it, one vendor call, except for handouts. `all`: for handouts too. `off`: no call is spent, and a person decides about every unknown outcome. One read before a grant makes it safe to retry and lets evidence decide what was lost. Handouts are the hot path and no count proves one, so there the read would only inform a person.',
  )
  @Word(SNAPSHOT_POLICIES)
  readonly snapshots: SnapshotPolicy = 'on';
}
