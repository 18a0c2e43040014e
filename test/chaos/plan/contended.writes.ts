import { entitlement, groupUpdate, migration, type PossibleWrite } from './write.builders.js';
import type { Random } from '../../support/random.js';
import type { Resources, UserProduct } from './resources.js';

/** Sets of writes about one thing: opposite ones, the same one twice, with keys and without, in two spellings. */
export function contendedWrites(random: Random, schedule: string, resources: Resources): PossibleWrite[][] {
  const { contended, contendedGroup } = resources;
  return [
    ...contended.map((pair) => ofOnePair(random, pair)),
    [
      groupUpdate(contendedGroup, `${schedule} one`),
      groupUpdate(contendedGroup, `${schedule} two`),
      keyless(groupUpdate(contendedGroup, `${schedule} one`)),
    ],
    [migration(`${schedule}-both@chaos.example`), migration(`${schedule}-both@chaos.example`)],
    [migration(`${schedule}-case@chaos.example`), migration(`${schedule}-CASE@chaos.example`)],
  ];
}

function ofOnePair(random: Random, pair: UserProduct): PossibleWrite[] {
  const grant = () => entitlement('grant', pair, random);
  const revoke = () => entitlement('revoke', pair, random);
  return random.pick([
    [grant(), revoke()],
    [keyless(grant())],
    [keyless(revoke())],
    [keyless(grant()), grant()],
    [keyless(grant()), keyless(revoke())],
    [grant(), keyless(grant()), revoke()],
  ]);
}

function keyless(write: PossibleWrite): PossibleWrite {
  return { ...write, keyless: true };
}
