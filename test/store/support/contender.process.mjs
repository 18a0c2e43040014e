// A process that tries to take the lock of each folder that it is sent, at a given moment, and reports how that ended.
import { DataDirLock } from '../../../dist/store/data-dir/data-dir.lock.js';

const locks = [];

process.on('message', ({ dataDir, atMs }) => {
  // Without a pause, so that several processes take it within microseconds of each other.
  while (performance.timeOrigin + performance.now() < atMs);
  try {
    locks.push(new DataDirLock(dataDir));
    process.send({ taken: true, message: '' });
  } catch (error) {
    process.send({ taken: false, message: error.message });
  }
});
process.on('disconnect', () => process.exit());
process.send({ taken: false, message: 'started' });
