// Runs dist/gateway.start.js, which dist/main.js imports, again and again in one process, each time with the environment that
// it is sent, because to load the application takes 2 s. A start that fails ends here instead of ending the process; the last
// one does end it.
import { writeSync } from 'node:fs';

const exit = Reflect.get(process, 'exit');
const write = Reflect.get(process.stderr, 'write');
let starts = 0;

process.on('message', ({ env, isLast }) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  if (isLast) restore();
  else keep();
  void import(`../../../dist/gateway.start.js?${(starts += 1)}`);
});
process.on('disconnect', () => exit());

function keep() {
  let errors = '';
  process.stderr.write = (text) => {
    errors += text;
    return true;
  };
  process.exit = (code) => {
    process.exit = () => undefined;
    // All log lines of this start are before it.
    writeSync(1, '\0');
    process.send({ code, errors });
  };
}

function restore() {
  process.exit = exit;
  process.stderr.write = write;
}
