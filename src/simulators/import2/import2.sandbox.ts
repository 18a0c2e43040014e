import { createdObject } from './import2.migrations.js';

const FIRST = {
  id: '100001',
  token: '5a17d0c09b7e4f6f8a2b3c4d5e6f7081',
  status: 'Migration completed',
  items: { accounts: 64, contacts: 311 },
  users: { source_tool: 6, destination_tool: 5, matched: 4 },
};

const SECOND = {
  id: '100002',
  token: '5a17d0c09b7e4f6f8a2b3c4d5e6f7082',
  status: 'Sample migration in progress',
  items: { accounts: 10, contacts: 25 },
  users: { source_tool: 3, destination_tool: 3, matched: 1 },
};

/** The fixed bodies of the sandbox, independent of any request (Import2 E1). */
export const SANDBOX = {
  created: createdObject({ id: '100003', token: '5a17d0c09b7e4f6f8a2b3c4d5e6f7083' }),
  one: FIRST,
  list: [FIRST, SECOND],
};
