import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { argvOf, isAlive, readStat } from '../../src/platform/proc.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/incident', import.meta.url));

/** What the machine lacks to replay the incident, with the command that brings it; null when nothing. */
export const missing = (): string | null => {
  const has = (...argv: [string, ...string[]]): boolean =>
    spawnSync(argv[0], argv.slice(1), { stdio: 'ignore' }).status === 0;
  const lacking = [
    has('javac', '-version') && has('jar', '--version') ? null : 'default-jdk-headless',
    has('caddy', 'version') ? null : 'caddy',
  ].filter((name) => name !== null);
  return lacking.length === 0 ? null : `apt-get install ${lacking.join(' ')}`;
};

/** Whether a pid namespace can be made here. */
export const canUnshare = (): boolean =>
  spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

export interface IncidentProgram {
  readonly name: string;
  /** What the kernel shows of it: the program's own file name, and a path that no other process has. */
  readonly executable: string;
  readonly path: string;
  readonly port: number | null;
}

/** Builds the three programs of the incident in a folder, and an app file that starts them. */
export const buildIncident = async (
  folder: string,
): Promise<{ readonly file: string; readonly programs: readonly IncidentProgram[] }> => {
  const [javaPort, caddyPort] = [await freePort(), await freePort()];
  const jar = join(folder, 'server.jar');
  if (!existsSync(jar)) {
    execFileSync('javac', ['-d', folder, join(FIXTURES, 'Server.java')]);
    const classes = readdirSync(folder).filter((name) => name.endsWith('.class'));
    execFileSync('jar', ['cfe', jar, 'Server', ...classes], { cwd: folder });
  }
  const caddyfile = join(folder, 'Caddyfile');
  const site = `http://127.0.0.1:${caddyPort} {\n  respond "ok"\n}\n`;
  writeFileSync(caddyfile, `{\n  admin off\n  auto_https off\n}\n${site}`);
  const script = join(folder, 'start.sh');
  copyFileSync(join(FIXTURES, 'start.sh'), script);
  const file = join(folder, 'apps.json');
  const apps = [
    { name: 'java', script: `java -Xshare:auto -jar ${jar} ${javaPort}` },
    {
      name: 'caddy',
      script: `caddy run --config ${caddyfile}`,
      env: { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    },
    { name: 'bash', script: `bash ${script}` },
  ];
  writeFileSync(file, JSON.stringify({ apps }));
  return {
    file,
    programs: [
      { name: 'java', executable: 'java', path: jar, port: javaPort },
      { name: 'caddy', executable: 'caddy', path: caddyfile, port: caddyPort },
      { name: 'bash', executable: 'bash', path: script, port: null },
    ],
  };
};

/** Pids of the living copies of a program, by what the kernel shows of every process. */
export const copiesOf = ({ executable, path }: IncidentProgram): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const argv = argvOf(pid) ?? [];
      const stat = readStat(pid);
      const runs = basename(argv[0] ?? '') === executable && argv.some((arg) => arg === path);
      return runs && stat !== null && isAlive(stat);
    });

/** Whether the program serves, for those that bind a port. */
export const serves = async ({ port }: IncidentProgram): Promise<boolean> => {
  if (port === null) return true;
  const response = await fetch(`http://127.0.0.1:${port}/`);
  return response.status === 200;
};
