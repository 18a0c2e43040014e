/** The test environment of the tests that need servers: the same, with the servers of this worker. */
const [database, redis] = JSON.parse(process.env['TEST_SERVERS'])[Number(process.env['JEST_WORKER_ID']) - 1];
process.env['DATABASE_URL'] = database;
process.env['REDIS_URL'] = redis;

module.exports = require('./jest.environment.cjs');
