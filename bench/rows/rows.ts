import type { Row } from '../row.js';
import { crash } from './crash.js';
import { crashes } from './crashes.js';
import { footprint } from './footprint.js';
import { idle } from './idle.js';
import { knife } from './knife.js';
import { list } from './list.js';
import { append, replay } from './log.js';
import { logs } from './logs.js';
import { memory } from './memory.js';
import { million } from './million.js';
import { restore } from './restore.js';
import { scale } from './scale.js';
import { start } from './start.js';
import { stop } from './stop.js';

/** Every row, in the order of the page. */
export const rows: readonly Row[] = [
  list,
  start,
  restore,
  stop,
  crash,
  logs,
  memory,
  idle,
  crashes,
  append,
  replay,
  knife,
  scale,
  million,
  footprint,
];
