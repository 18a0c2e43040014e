import { refuseOldNode } from './config/node.version.js';

refuseOldNode();
// All static imports are loaded before the first statement runs.
await import('./gateway.start.js');
