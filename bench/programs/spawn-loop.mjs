// What starting programs costs a small Node program that does nothing else: the floor.
// Told {file, argLists, stdout}, it starts the file once with each list of arguments.
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';

process.on('message', ({ file, argLists, stdout }) => {
  const out = stdout ? openSync(stdout, 'a') : 'ignore';
  for (const args of argLists) {
    spawn(file, args, { stdio: ['ignore', out, out], detached: true }).unref();
  }
});
