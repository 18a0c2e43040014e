import * as fc from 'fast-check';
import {
  begins,
  keepsKey,
  OPERATION_STATES,
  type OperationEvent,
  type OperationState,
  outcomeOfState,
  stateAfter,
  statesBefore,
  transition,
} from './operation.state.js';

const EVENTS: readonly OperationEvent[] = [
  'claim',
  'prepare',
  'send',
  'already-so',
  'lapse',
  'succeed',
  'fail',
  'release',
  'lose',
  'expire',
  'decide-executed',
  'decide-not-executed',
];

const anEvent = fc.constantFrom(...EVENTS);
const events = fc.array(anEvent, { maxLength: 40 });

/** Every state on the path, starting with `claim` or `prepare`. */
function walk(
  steps: readonly OperationEvent[],
): { event: OperationEvent; before: OperationState | undefined; after: OperationState }[] {
  let state: OperationState | undefined;
  return steps.flatMap((event) => {
    const before = state;
    const after = transition(before, event);
    if (after === undefined) return [];
    state = after;
    return [{ event, before, after }];
  });
}

describe('the transitions of an operation', () => {
  it.each<[OperationState | undefined, OperationEvent, OperationState | undefined]>([
    [undefined, 'claim', 'sent'],
    [undefined, 'prepare', 'claimed'],
    [undefined, 'send', undefined],
    [undefined, 'succeed', undefined],
    ['claimed', 'claim', undefined],
    ['claimed', 'prepare', undefined],
    ['claimed', 'send', 'sent'],
    ['claimed', 'already-so', 'succeeded'],
    ['claimed', 'lapse', 'released'],
    ['claimed', 'release', 'released'],
    ['claimed', 'succeed', undefined],
    ['claimed', 'fail', undefined],
    ['claimed', 'lose', undefined],
    ['claimed', 'expire', undefined],
    ['claimed', 'decide-executed', undefined],
    ['claimed', 'decide-not-executed', undefined],
    ['sent', 'claim', undefined],
    ['sent', 'prepare', undefined],
    ['sent', 'send', undefined],
    ['sent', 'already-so', undefined],
    ['sent', 'lapse', undefined],
    ['sent', 'succeed', 'succeeded'],
    ['sent', 'fail', 'failed'],
    ['sent', 'release', 'released'],
    ['sent', 'lose', 'unknown'],
    ['sent', 'expire', 'unknown'],
    ['sent', 'decide-executed', undefined],
    ['unknown', 'claim', undefined],
    ['unknown', 'send', undefined],
    ['unknown', 'lapse', undefined],
    ['unknown', 'succeed', 'succeeded'],
    ['unknown', 'expire', undefined],
    ['unknown', 'decide-executed', 'succeeded'],
    ['unknown', 'decide-not-executed', 'failed'],
    ['released', 'claim', 'sent'],
    ['released', 'prepare', 'claimed'],
    ['released', 'send', undefined],
    ['released', 'succeed', undefined],
    ['released', 'decide-not-executed', undefined],
  ])('from %s, the event %s leads to %s', (state, event, after) => {
    expect(transition(state, event)).toBe(after);
  });

  it('never leaves a final state', () => {
    fc.assert(
      fc.property(anEvent, fc.constantFrom<OperationState>('succeeded', 'failed'), (event, final) => {
        expect(transition(final, event)).toBeUndefined();
      }),
    );
  });

  it('starts again only after a release', () => {
    fc.assert(
      fc.property(events, (steps) => {
        for (const { event, before } of walk(steps))
          if (begins(event)) expect([undefined, 'released']).toContain(before);
      }),
    );
  });

  it('never turns into not_executed by time alone once it may have been sent', () => {
    fc.assert(
      fc.property(events, (steps) => {
        let mayHaveLeft = false;
        for (const { event, after } of walk(steps)) {
          if (begins(event)) mayHaveLeft = false;
          if (after === 'sent') mayHaveLeft = true;
          if (event === 'expire') expect(outcomeOfState(after)).toBe('unknown');
          if (event === 'lapse') expect(mayHaveLeft).toBe(false);
        }
      }),
    );
  });

  it('reaches sent by `send` only from claimed', () => {
    fc.assert(
      fc.property(events, (steps) => {
        for (const { event, before } of walk(steps)) if (event === 'send') expect(before).toBe('claimed');
      }),
    );
  });

  it('returns from statesBefore and stateAfter what transition allows', () => {
    for (const event of EVENTS) {
      for (const state of OPERATION_STATES) {
        const after = transition(state, event);
        expect(statesBefore(event).includes(state)).toBe(after !== undefined);
        if (after !== undefined) expect(after).toBe(stateAfter(event));
      }
    }
  });

  it('frees the key only with decide-not-executed', () => {
    expect(EVENTS.filter((event) => !keepsKey(event))).toEqual(['decide-not-executed']);
  });
});
