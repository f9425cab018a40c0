/**
 * Builds the launcher into dist/launcher/: `node src/launcher/build.mjs`, and with `--static` the
 * static ones that the packed package carries. Without a C compiler the shell launcher takes over.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../../dist/launcher');
const files = readdirSync(here, { recursive: true }).sort();
const headers = files.filter((file) => file.endsWith('.h')).map((file) => join(here, file));
/** What is built, each from its C file or from all those of its folder. */
const PROGRAMS = ['launcher', 'spawner', 'rotator', 'reader', 'hangup'].map((name) => ({
  binary: `opm-${name}`,
  sources: files
    .filter((file) => file === `${name}.c` || (file.startsWith(`${name}/`) && file.endsWith('.c')))
    .map((file) => join(here, file)),
}));
// No stack of these is ever unwound: the tables for it would only take room.
const FLAGS = ['-O2', '-s', '-Wall', '-Wextra', '-fno-asynchronous-unwind-tables'];

const compile = (command, sources, target) =>
  spawnSync(command[0], [...command.slice(1), ...FLAGS, '-o', target, ...sources], {
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  });

const isFresh = (sources, target) =>
  existsSync(target) &&
  [...sources, ...headers].every((path) => statSync(target).mtimeMs > statSync(path).mtimeMs);

const buildForThisMachine = () => {
  const stale = PROGRAMS.filter(({ binary, sources }) => !isFresh(sources, join(out, binary)));
  if (stale.length === 0) return;
  const compilers = [
    ...(process.env.CC ? [process.env.CC.split(' ')] : []),
    ['musl-gcc', '-static'],
    ['cc', '-static'],
    ['cc'],
    ['gcc'],
    ['clang'],
  ];
  const used = compilers.find((command) =>
    stale.every(({ binary, sources }) => compile(command, sources, join(out, binary)).status === 0),
  );
  process.stdout.write(
    used
      ? `launcher: built with ${used.join(' ')}\n`
      : 'launcher: no C compiler serves; the shell launcher takes over (see `opm doctor`)\n',
  );
};

/** Node's name of a machine, Debian's, and that of its cross compiler and folders. */
const MACHINES = [
  { arch: 'x64', debian: 'amd64', machine: 'x86_64' },
  { arch: 'arm64', debian: 'arm64', machine: 'aarch64' },
];

const crossCompiler = (machine) => {
  const [headers, libraries] = ['include', 'lib'].map((dir) => `/usr/${dir}/${machine}-linux-musl`);
  return [
    `${machine}-linux-gnu-gcc`,
    ...['-static', '-nostdinc', '-isystem', headers],
    ...['-nostartfiles', `${libraries}/crt1.o`, `-L${libraries}`],
  ];
};

const targets = MACHINES.map(({ arch, debian, machine }) => ({
  name: `linux-${arch}`,
  command: arch === process.arch ? ['musl-gcc', '-static'] : crossCompiler(machine),
  packages:
    arch === process.arch
      ? 'apt-get install musl-tools'
      : `dpkg --add-architecture ${debian} && apt-get install gcc-${machine.replace('_', '-')}-linux-gnu musl-dev:${debian}`,
}));

const buildStatic = () => {
  // What is built for this machine must not be packed: it would pass for that of another.
  for (const { binary } of PROGRAMS) rmSync(join(out, binary), { force: true });
  for (const { name, command, packages } of targets) {
    for (const { binary, sources } of PROGRAMS) {
      const target = join(out, 'prebuilt', name, binary);
      mkdirSync(dirname(target), { recursive: true });
      if (isFresh(sources, target)) continue;
      // What is stale must not be packed either.
      rmSync(target, { force: true });
      const { status, stderr, error } = compile(command, sources, target);
      if (status === 0) continue;
      process.stderr.write(
        `launcher: no static ${binary} for ${name}: ${error?.message ?? stderr}\n`,
      );
      process.stderr.write(`on Debian: ${packages}\n`);
      process.exitCode = 1;
    }
  }
};

mkdirSync(out, { recursive: true });
copyFileSync(join(here, 'launcher.sh'), join(out, 'launcher.sh'));
chmodSync(join(out, 'launcher.sh'), 0o755);
if (process.argv.includes('--static')) buildStatic();
else buildForThisMachine();
