import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ALIASES } from '../../src/config/aliases.js';
import { type AppInput, appSpec } from '../../src/config/app-keys.js';
import { checkFile } from '../../src/config/check-file.js';
import { appProperties, fileJsonSchema, type JsonSchema } from '../../src/config/json-schema.js';
import { readAppFile } from '../../src/config/read-file.js';
import { referenceOf } from '../../src/config/reference.js';
import { FORMATS, type Format, formatApps } from '../../src/config/write-file.js';
import type { App } from '../../src/domain/app.js';
import { DEFINED_KEYS, definitionOf } from '../../src/domain/definition.js';
import { resolveApp } from '../../src/effects/resolve-app.js';
import { cleanUp, tempHome } from '../support/programs.js';

const READING = { envName: null, lenient: false };

/** Every key, set to something that does not hold by default. */
const EVERYTHING: AppInput = {
  name: 'web',
  namespace: 'shop',
  script: './server.js',
  args: ['--port', '80', 'two words', 'a"b', `\${not} %{hcl}`],
  cwd: '.',
  interpreter: 'node',
  interpreter_args: ['--no-warnings'],
  instances: 3,
  autostart: false,
  env: {
    PORT: '80',
    EMPTY: '',
    QUOTED: 'a"b\\c\n$${x}',
    'WITH.DOT': 'y',
    KEPT: { secret: 'abc-1' },
  },
  env_file: ['.env'],
  default_env: { LEVEL: 'info' },
  inherit_env: true,
  filter_env: ['SSH_'],
  secrets: ['CODE'],
  instance_var: 'WORKER',
  increment_var: 'PORT',
  autorestart: 'on-failure',
  stop_exit_codes: [0, 3],
  max_restarts: 3,
  restart_window: '5m',
  min_uptime: '2s',
  restart_delay: 10,
  exp_backoff_restart_delay: 100,
  exp_backoff_max_delay: '1m',
  kill_signal: 'SIGINT',
  kill_timeout: '3s',
  kill_retry_time: 20,
  treekill: false,
  shutdown_with_message: true,
  max_memory_restart: '512M',
  memory_interval: '1s',
  watch: ['src', 'lib'],
  watch_delay: 100,
  ignore_watch: ['*.tmp'],
  watch_options: { usePolling: true, interval: 300, followSymlinks: false },
  cron_restart: '0 4 * * *',
  schedule: { cron: '0 5 * * *', overlap: 'queue', timezone: 'Europe/Berlin' },
  ready: { http: 'http://127.0.0.1:80/ready', status: [204], timeout: '9s', interval: 50 },
  health: { tcp: 'localhost:80', interval: '1m', timeout: 100, failures: 5 },
  depends_on: { db: 'started', 'shop/cache': 'exited-successfully' },
  uid: process.getuid?.() || 1000,
  gid: process.getgid?.() || 'daemon',
  umask: '027',
  nice: 5,
  max_open_files: 4096,
  max_core_size: '1G',
  out_file: 'out.log',
  error_file: 'error.log',
  log_file: 'both.log',
  merge_logs: true,
  time: true,
  log_date_format: 'HH:mm:ss',
  log_type: 'json',
};

describe('an exported definition', () => {
  let cwd: string;
  let files = 0;
  before(() => {
    cwd = tempHome();
    // The user that its definitions name is to work in it.
    chmodSync(cwd, 0o755);
    writeFileSync(join(cwd, 'server.js'), '');
    writeFileSync(join(cwd, '.env'), '');
    writeFileSync(join(cwd, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    mkdirSync(join(cwd, 'elsewhere'));
  });
  after(cleanUp);

  const resolved = (input: AppInput, folder = cwd): App =>
    resolveApp(appSpec.parse(input), {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '' },
      source: null,
    });

  const readBack = async (app: App, format: Format): Promise<App> => {
    const file = join(cwd, 'elsewhere', `${++files}.config.${format}`);
    writeFileSync(file, await formatApps([definitionOf(app)], format));
    const { apps } = await readAppFile(file, READING);
    return resolved(apps[0] as AppInput, dirname(file));
  };

  it('has every key that an app can have', () => {
    const spellings = ['source_map_support', 'wait_ready', 'listen_timeout', 'name', 'namespace'];
    const keys = Object.keys(appSpec.shape).filter((key) => !spellings.includes(key));
    expect(DEFINED_KEYS).to.have.members(keys);
    expect(Object.keys(EVERYTHING)).to.include.members(keys);
    expect(Object.keys(definitionOf(resolved(EVERYTHING)))).to.include.members(keys);
  });

  for (const format of FORMATS) {
    it(`as ${format} loses nothing`, async () => {
      const app = resolved(EVERYTHING);
      expect(await readBack(app, format)).to.deep.equal(app);
    });

    it(`as ${format} keeps how its script is run`, async () => {
      const scripts = ['./server.js', './run.sh', 'sh', 'sleep 10; echo "done"'];
      for (const script of scripts) {
        const app = resolved({ script, name: 'a' });
        expect(await readBack(app, format), script).to.deep.equal(app);
      }
    });
  }

  it('says only what would not hold by itself', () => {
    expect(definitionOf(resolved({ script: './server.js' }))).to.deep.equal({
      name: 'server',
      namespace: 'default',
      script: join(cwd, 'server.js'),
      interpreter: 'node',
      cwd,
    });
  });

  /** Of keys that exclude each other, a value of each. */
  const WAYS: Record<'ready' | 'health', readonly object[]> = {
    ready: [
      { tcp: 80 },
      { http: 'http://127.0.0.1/', status: [200, 204] },
      { command: 'true' },
      { output: '^ready' },
      { message: true },
      { descriptor: 3 },
      { notify: true },
    ],
    health: [
      { tcp: '[::1]:80' },
      { http: 'http://127.0.0.1/', status: [200] },
      { command: 'true' },
      { output: '^alive' },
      { message: true },
      { descriptor: 4 },
      { notify: true },
    ],
  };

  /** The keys inside a key, told by the schema. */
  const keysInside = (key: string): string[] =>
    [appProperties()[key], ...((appProperties()[key]?.anyOf ?? []) as JsonSchema[])].flatMap(
      (shape) => Object.keys(shape?.properties ?? {}),
    );

  it('has every key inside a key', () => {
    for (const [key, value] of Object.entries(EVERYTHING)) {
      const ways = (WAYS as Record<string, readonly object[]>)[key] ?? [];
      const given = [value, ...ways].flatMap((one) =>
        typeof one === 'object' && !Array.isArray(one) ? Object.keys(one) : [],
      );
      // What is ignored stands with the other globs once it is understood.
      const inside = keysInside(key).filter(
        (inner) => `${key}.${inner}` !== 'watch_options.ignored',
      );
      expect(given, key).to.include.members(inside);
    }
  });

  for (const format of FORMATS) {
    it(`as ${format} keeps each way to be ready and to be well`, async () => {
      for (const [key, ways] of Object.entries(WAYS)) {
        for (const way of ways) {
          const app = resolved({ script: './server.js', [key]: way } as AppInput);
          expect(await readBack(app, format), JSON.stringify(way)).to.deep.equal(app);
        }
      }
    });
  }

  it('keeps every choice of a key that has several', async () => {
    const choices: readonly AppInput[] = [
      ...(['always', 'on-failure', 'never'] as const).map((autorestart) => ({ autorestart })),
      ...(['skip', 'queue', 'replace'] as const).map((overlap) => ({
        schedule: { cron: '* * * * *', overlap },
      })),
      { filter_env: true, inherit_env: true },
      { watch: true, watch_options: { ignored: ['x'] } },
      { depends_on: [{ app: 'db', condition: 'ready' }, 'cache'] },
      { log_type: 'raw' },
      { source_map_support: true },
      { wait_ready: true, listen_timeout: 9 },
    ].map((change) => ({ script: './server.js', ...change }) as AppInput);
    for (const input of choices) {
      const app = resolved(input);
      expect(await readBack(app, 'json'), JSON.stringify(input)).to.deep.equal(app);
    }
  });
});

describe('a key of an app', () => {
  const described = fileJsonSchema() as { $defs: { app: { properties: object } } };
  const reference = referenceOf([]);
  const camel = (key: string): string =>
    key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

  const parsed = (app: object) => {
    const { script, exec, ...keys } = { script: './server.js', ...app } as Record<string, unknown>;
    const content = exec === undefined ? { script, ...keys } : { exec, ...keys };
    return checkFile({ apps: [content] }, 'opm.config.json', READING).apps;
  };

  const values: Readonly<Record<string, unknown>> = {
    ...EVERYTHING,
    source_map_support: true,
    wait_ready: true,
    listen_timeout: 9,
  };
  for (const key of Object.keys(appSpec.shape)) {
    const aliases = Object.keys(ALIASES).filter((alias) => ALIASES[alias] === key);
    const names = [...new Set([key, ...aliases].flatMap((name) => [name, camel(name)]))];
    it(`${names.join(', ')} is accepted, and described, under each of its names`, () => {
      for (const name of names) {
        expect(parsed({ [name]: values[key] }), name).to.deep.equal(parsed({ [key]: values[key] }));
        expect(described.$defs.app.properties).to.have.property(name);
      }
      for (const name of [key, ...aliases]) expect(reference).to.include(`| \`${name}\` |`);
    });
  }
});
