import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FIXTURES = new URL('../fixtures/', import.meta.url);

/**
 * Runs a fixture (`containers/reboot.ts`) in a pid namespace of its own, and answers with the JSON that it
 * prints. Its first process is a shell that reaps, and with it everything in there ends.
 */
export const inContainer = <T>(fixture: string, ...args: readonly string[]): Promise<T> =>
  new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL(fixture, FIXTURES));
    const program = [process.execPath, '--import', 'tsx', path, ...args];
    const first = ['sh', '-c', '"$@"; exit $?', 'sh', ...program];
    const unshare = ['--pid', '--fork', '--mount-proc', '--kill-child', ...first];
    execFile('unshare', unshare, { cwd: ROOT, timeout: 120_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}${stderr}`));
      else resolve(JSON.parse(stdout) as T);
    });
  });
