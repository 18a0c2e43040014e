import * as fc from 'fast-check';
import {
  keepsKey,
  OPERATION_STATES,
  type OperationEvent,
  type OperationState,
  outcomeOf,
  stateAfter,
  statesBefore,
  transition,
} from './operation.state.js';

const EVENTS: readonly OperationEvent[] = [
  'claim',
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

/** Every state passed on the way, beginning with a claim. */
function walk(
  steps: readonly OperationEvent[],
): { event: OperationEvent; before: OperationState; after: OperationState }[] {
  let state: OperationState = stateAfter('claim');
  return steps.flatMap((event) => {
    const after = transition(state, event);
    if (after === undefined) return [];
    const step = { event, before: state, after };
    state = after;
    return [step];
  });
}

describe('the states of an operation', () => {
  it.each<[OperationState | undefined, OperationEvent, OperationState | undefined]>([
    [undefined, 'claim', 'sent'],
    [undefined, 'succeed', undefined],
    ['sent', 'claim', undefined],
    ['sent', 'succeed', 'succeeded'],
    ['sent', 'fail', 'failed'],
    ['sent', 'release', 'released'],
    ['sent', 'lose', 'unknown'],
    ['sent', 'expire', 'unknown'],
    ['sent', 'decide-executed', undefined],
    ['unknown', 'claim', undefined],
    ['unknown', 'succeed', 'succeeded'],
    ['unknown', 'expire', undefined],
    ['unknown', 'decide-executed', 'succeeded'],
    ['unknown', 'decide-not-executed', 'failed'],
    ['released', 'claim', 'sent'],
    ['released', 'succeed', undefined],
    ['released', 'decide-not-executed', undefined],
  ])('from %s, %s leads to %s', (state, event, after) => {
    expect(transition(state, event)).toBe(after);
  });

  it('never leaves a final state', () => {
    fc.assert(
      fc.property(anEvent, fc.constantFrom<OperationState>('succeeded', 'failed'), (event, final) => {
        expect(transition(final, event)).toBeUndefined();
      }),
    );
  });

  it('begins a second time only after it was released', () => {
    fc.assert(
      fc.property(events, (steps) => {
        for (const { event, before } of walk(steps)) if (event === 'claim') expect(before).toBe('released');
      }),
    );
  });

  it('never says that nothing was executed because time went by', () => {
    fc.assert(
      fc.property(events, (steps) => {
        for (const { event, after } of walk(steps))
          if (event === 'expire') expect(outcomeOf(after)).toBe('unknown');
      }),
    );
  });

  it('gives the conditions of the updates from the same table', () => {
    for (const event of EVENTS) {
      for (const state of OPERATION_STATES) {
        const after = transition(state, event);
        expect(statesBefore(event).includes(state)).toBe(after !== undefined);
        if (after !== undefined) expect(after).toBe(stateAfter(event));
      }
    }
  });

  it('frees the key only by a decision that nothing was executed', () => {
    expect(EVENTS.filter((event) => !keepsKey(event))).toEqual(['decide-not-executed']);
  });
});
