/** The lowest that the modules of this program can be loaded on. Tests run on the one that package.json pins. */
const OLDEST = { major: 22, minor: 19 } as const;

/** Ends the process on an older Node, which would print the stack of the first module that it cannot load. */
export function refuseOldNode(): void {
  const reason = reasonOfOldNode(process.versions.node);
  if (reason === undefined) return;
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

/** @param version such as `24.21.0` */
export function reasonOfOldNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const { major: oldest, minor: oldestMinor } = OLDEST;
  if (major > oldest || (major === oldest && minor >= oldestMinor)) return undefined;
  return `Tollgate runs on Node ${oldest}.${oldestMinor} or newer, and this is ${version}. \`npm start\` and \`npm run tollgate\` install the Node they run on: node_modules/.bin/node`;
}
