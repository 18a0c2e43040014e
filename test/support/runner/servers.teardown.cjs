const { Client } = require('pg');

/** A gateway that a test has left running loses its connections. */
module.exports = async () => {
  const { workers, databaseUrl } = globalThis.TEST_SERVERS;
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  for (const { database, redis } of workers) {
    redis.child.kill();
    await client.query(`drop database if exists ${new URL(database).pathname.slice(1)} with (force)`);
  }
  await client.end();
};
