import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Row } from '../../src/projections/process-table.js';
import { cleanUp, strays, tempHome } from '../support/programs.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What is packed, and what the static launchers are made from. A copy, because building them changes dist/. */
const PARTS = [
  ...['package.json', 'oclif.manifest.json', 'README.md', 'LICENSE'],
  ...['bin', 'dist', 'docs', 'examples', 'src/launcher'],
];

/** What the kernel calls the machines that the package has static launchers for (e_machine, elf(5)). */
const MACHINES = [
  { arch: 'x64', machine: 62 },
  { arch: 'arm64', machine: 183 },
] as const;

/** npm's words for a registry that cannot be reached, and nothing of it at hand. */
const UNREACHABLE = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (
  cwd: string,
  argv: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> =>
  new Promise((resolve) => {
    const { OPM_SPAWN_KEY: _, ...inherited } = process.env;
    const options = { cwd, env: { ...inherited, NO_COLOR: '1', ...env }, timeout: 120_000 };
    execFile(argv[0], argv.slice(1), options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
      resolve({ code, stdout, stderr });
    });
  });

describe('the package', () => {
  let folder: string;
  let home: string;
  let tarball: string;
  let packed: readonly string[];
  /** What the build of the static launchers says of compilers that are missing. */
  let built: string;

  before(async function () {
    this.timeout(60_000);
    folder = tempHome();
    home = join(folder, 'home');
    for (const part of PARTS)
      cpSync(join(ROOT, part), join(folder, 'package', part), { recursive: true });
    const sources = join(folder, 'package');
    const build = [process.execPath, 'src/launcher/build.mjs', '--static'] as const;
    built = (await run(sources, build)).stderr;
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const { stdout, stderr } = await run(sources, ['npm', ...args]);
    const [pack] = JSON.parse(stdout || `[{"error": ${JSON.stringify(stderr)}}]`);
    tarball = join(folder, pack.filename);
    packed = pack.files.map(({ path }: { path: string }) => path);
  });

  after(async () => {
    await run(folder, [join(folder, 'app/node_modules/.bin/opm'), 'kill'], { OPM_HOME: home });
    expect(strays(home)).to.deep.equal([]);
    cleanUp();
  });

  for (const { arch, machine } of MACHINES) {
    it(`has static launchers for Linux on ${arch}, and none that was built for this machine alone`, function () {
      const name = `linux-${arch}`;
      if (built.includes(`for ${name}:`)) {
        if (process.env.CI && arch === process.arch) throw new Error(built);
        console.log(`    skipped; ${built.trim().split('\n').at(-1)}`);
        this.skip();
      }
      for (const binary of ['opm-launcher', 'opm-spawner']) {
        const path = `dist/launcher/prebuilt/${name}/${binary}`;
        expect(packed).to.include(path).and.not.include(`dist/launcher/${binary}`);
        const header = readFileSync(join(folder, 'package', path)).subarray(0, 20);
        expect(header.readUInt16LE(18)).to.equal(machine);
      }
    });
  }

  it('is installed into an empty folder, and starts, lists and kills', async function () {
    this.timeout(120_000);
    const app = join(folder, 'app');
    mkdirSync(app);
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=0'];
    const installed = await run(app, ['npm', 'install', ...flags, tarball]);
    if (installed.code !== 0 && UNREACHABLE.test(installed.stderr) && !process.env.CI) {
      console.log('    skipped; the registry cannot be reached, and the cache lacks a package');
      this.skip();
    }
    expect(installed.code, installed.stderr).to.equal(0);
    const opm = async (...args: string[]): Promise<string> => {
      const bin = join(app, 'node_modules/.bin/opm');
      const { code, stdout, stderr } = await run(app, [bin, ...args], { OPM_HOME: home });
      expect(code, `opm ${args.join(' ')}\n${stdout}${stderr}`).to.equal(0);
      return stdout;
    };
    await opm('start', 'sleep', '--name', 'packed', '--', '1000');
    const rows = JSON.parse(await opm('list', '--json')) as Row[];
    expect(rows.map(({ name, status }) => [name, status])).to.deep.equal([['packed', 'online']]);
    const { launcher } = JSON.parse(await opm('daemon', 'status', '--json'));
    const isMissing = built.includes(`for linux-${process.arch}:`);
    expect(launcher).to.equal(isMissing ? 'shell' : 'native');
    await opm('kill');
    expect(strays(home)).to.deep.equal([]);
  });
});
