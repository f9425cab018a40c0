import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigError } from '../../src/config/config-error.js';
import { loadCode } from '../../src/config/load-code.js';
import { type AppFile, readAppFile } from '../../src/config/read-file.js';
import { readSetting } from '../../src/config/read-setting.js';
import { templateOf } from '../../src/config/template.js';
import { cleanUp, tempHome } from '../support/programs.js';

describe('files of apps in every format', () => {
  afterEach(cleanUp);

  const read = (
    name: string,
    content: string,
    reading: { envName?: string; lenient?: boolean } = {},
  ): Promise<AppFile> => {
    const file = join(tempHome(), name);
    writeFileSync(file, content);
    return readAppFile(file, { envName: null, lenient: false, ...reading });
  };
  const refusal = async (...given: Parameters<typeof read>): Promise<ConfigError> => {
    const caught: unknown = await read(...given).catch((error: unknown) => error);
    expect(caught).to.be.instanceOf(ConfigError);
    return caught as ConfigError;
  };

  const APP = { name: 'web', script: 'sleep 9' };
  const same: readonly (readonly [string, string])[] = [
    ['opm.config.json', '{"apps": [{"name": "web", "script": "sleep 9"}]}'],
    ['opm.config.yaml', 'apps:\n- name: web\n  script: sleep 9\n'],
    ['opm.config.yml', '- name: web\n  script: sleep 9\n'],
    ['opm.config.toml', '[[apps]]\nname = "web"\nscript = "sleep 9"\n'],
    ['opm.config.cjs', 'module.exports = { apps: [{ name: "web", script: "sleep 9" }] };'],
    ['opm.config.mjs', 'export default { apps: [{ name: "web", script: "sleep 9" }] };'],
    ['opm.config.js', 'exports.apps = [{ name: "web", script: "sleep 9" }];'],
    ['named.config.mjs', 'export const apps = [{ name: "web", script: "sleep 9" }];'],
    ['called.config.mjs', 'export default async () => ({ name: "web", script: "sleep 9" });'],
    [
      'opm.config.ts',
      'interface A { name: string; script: string }\nconst app: A = { name: "web", script: "sleep 9" };\nexport default { apps: [app] };',
    ],
    ['opm.config.mts', 'export default { apps: [{ name: "web" as string, script: "sleep 9" }] };'],
    ['apps.hcl', 'process "web" {\n  script = "sleep 9"\n}\n'],
  ];
  for (const [name, content] of same) {
    it(`${name} is read`, async () => {
      expect((await read(name, content)).apps).to.deep.equal([APP]);
    });
  }

  it('JSON may have the comments, last commas and bare keys that PM2’s users write', async () => {
    const content = '// apps\n{ apps: [ /* one */ {"name": \'web\', "script": "sleep 9",}, ] }\n';
    expect((await read('ecosystem.json', content)).apps).to.deep.equal([
      { ...APP, inherit_env: true },
    ]);
  });

  const broken: readonly (readonly [string, string])[] = [
    ['a.json', '{\n "apps": [\n  {"name": "a" "script": "x"}\n]}'],
    ['a.yaml', 'apps:\n  - name: a\n   bad: [\n'],
    ['a.toml', '[[apps]]\nname = "a"\nscript = \n'],
    ['a.hcl', 'process "a" {\n  # none\n  script = \n}\n'],
    ['a.config.cjs', 'module.exports = {\n  apps: [\n    { name: "a" ]\n};\n'],
    ['a.config.mjs', 'export default {\n  apps: [\n    { name: "a" ]\n};\n'],
    ['a.config.ts', 'export default {\n  apps: [\n    { name: "a" ]\n};\n'],
    ['b.config.cjs', '\n\nthrow new Error("boom");\n'],
    ['b.config.mjs', '\n\nthrow new Error("boom");\n'],
    ['b.config.ts', '\n\nthrow new Error("boom");\n'],
    ['c.config.cjs', '\n\nprocess.exit(0);\n'],
  ];
  for (const [name, content] of broken) {
    const what = name.startsWith('a') ? 'is no such text' : 'does not export';
    it(`${name} that ${what} is refused with the line`, async () => {
      const { place, code } = await refusal(name, content);
      expect({ place, code }).to.deep.equal({
        place: 'line 3',
        code: 'BAD_FILE',
      });
    });
  }

  it('code that never comes to an end is not waited for', async () => {
    const file = join(tempHome(), 'n.config.mjs');
    writeFileSync(file, 'export default () => new Promise(() => {});');
    const caught: unknown = await loadCode(file, 50).catch((error: unknown) => error);
    expect((caught as Error).message).to.equal('expected what it exports within 0.05 s');
  });

  it('the predecessor’s blocks are read', async () => {
    const { apps } = await read(
      'processes.hcl',
      'process "web" {\n script = "node a.js"\n max_memory = "64M"\n env {\n  PORT = "80"\n  N = 5\n }\n watch {\n  path = "./src"\n }\n}\nprocess "b" {\n script = "x y"\n}',
    );
    expect(apps).to.deep.equal([
      { name: 'b', script: 'x y' },
      {
        name: 'web',
        script: 'node a.js',
        max_memory_restart: 64 * 1024 * 1024,
        env: { PORT: '80', N: '5' },
        watch: ['./src'],
      },
    ]);
  });

  const badHcl: readonly (readonly [string, string, string])[] = [
    ['an expression', 'process "a" {\n script = var.x\n}', 'expected a value'],
    [
      'a second process of a name',
      'process "a" {\n script = "x"\n}\nprocess "a" {\n script = "y"\n}',
      'twice',
    ],
    ['another block', 'server "a" {\n script = "x"\n}', 'server: expected process'],
    ['no HCL', 'process "a" {', '1'],
  ];
  for (const [what, content, expected] of badHcl) {
    it(`HCL with ${what} is refused`, async () => {
      expect((await refusal('a.hcl', content)).message).to.include(expected);
    });
  }

  it('PM2’s keys, aliases and camelCase forms mean what they mean there', async () => {
    const { apps, warnings } = await read(
      'ecosystem.config.js',
      `module.exports = { apps: [{
        name: 'api', exec: './api.js', nodeArgs: '--inspect --max-old-space-size=200', exec_mode: 'cluster',
        instances: 'max', cron: '0 0 * * *', error: 'e.log', output: 'o.log', combine_logs: true,
        maxMemoryRestart: '1G', waitReady: true, port: 3000, pmx: false, user: 'www',
        env: { NODE_ENV: 'development', N: 1 }, env_production: { NODE_ENV: 'production' },
        append_env_to_name: true, stop_exit_codes: 0, ignoreWatch: 'node_modules', undefinedKey: undefined,
      }], deploy: { production: {} } };`,
      { envName: 'production' },
    );
    expect(apps).to.deep.equal([
      {
        name: 'api-production',
        script: './api.js',
        interpreter_args: ['--inspect', '--max-old-space-size=200'],
        instances: 'max',
        cron_restart: '0 0 * * *',
        error_file: 'e.log',
        out_file: 'o.log',
        merge_logs: true,
        max_memory_restart: 1024 ** 3,
        wait_ready: true,
        uid: 'www',
        env: { PORT: '3000', NODE_ENV: 'production', N: '1' },
        stop_exit_codes: [0],
        ignore_watch: ['node_modules'],
        inherit_env: true,
      },
    ]);
    expect(warnings.join('\n')).to.include('exec_mode').and.to.include('pmx');
  });

  it('PM2’s numbers may be texts, and its ways to switch off are understood', async () => {
    const app = { script: 'a', instances: '2', max_restarts: '5', env: { A: '1' }, name: '12' };
    const off = { cron_restart: 0, log_file: false, uid: null };
    const content = JSON.stringify({ apps: [{ ...app, ...off }] });
    expect((await read('ecosystem.json', content)).apps).to.deep.equal([
      { ...app, instances: 2, max_restarts: 5, inherit_env: true },
    ]);
    expect((await refusal('opm.config.json', content)).place).to.equal('$.apps[0].instances');
  });

  it('what pm2 save wrote is read: instances together, stopped ones not started', async () => {
    const api = {
      name: 'api',
      namespace: 'default',
      pm_exec_path: '/srv/api.js',
      pm_cwd: '/srv',
      args: ['--x', 'a b'],
      node_args: ['--no-warnings'],
      exec_interpreter: 'node',
      exec_mode: 'cluster_mode',
      env: { FOO: 'bar', PORT: 80, PM2_HOME: '/root/.pm2', api: '{}', PWD: '/', unique_id: 'x' },
      pm_out_log_path: '/srv/api.out',
      pm_err_log_path: '/root/.pm2/logs/api-error-0.log',
      kill_timeout: 3000,
      watch: false,
      status: 'online',
      axm_options: {},
    };
    const job = { name: 'job', pm_exec_path: '/bin/job', exec_interpreter: 'none', env: {} };
    const dump = [api, { ...job, status: 'stopped' }, { ...api, NODE_APP_INSTANCE: 1 }];
    expect((await read('dump.pm2', JSON.stringify(dump))).apps).to.deep.equal([
      {
        name: 'api',
        namespace: 'default',
        script: '/srv/api.js',
        cwd: '/srv',
        args: ['--x', 'a b'],
        interpreter: 'node',
        interpreter_args: ['--no-warnings'],
        env: { FOO: 'bar', PORT: '80' },
        instances: 2,
        out_file: '/srv/api.out',
        kill_timeout: 3000,
        watch: false,
        autostart: true,
      },
      {
        name: 'job',
        script: '/bin/job',
        interpreter: 'none',
        env: {},
        instances: 1,
        autostart: false,
      },
    ]);
    expect((await refusal('dump.pm2', '{}')).problem).to.include('pm2 save');
  });

  it('an environment that no app has is refused with those that there are', async () => {
    const content = '{"apps": [{"script": "a", "env_test": {}}]}';
    const error = await refusal('opm.config.json', content, { envName: 'prod' });
    expect(error.message).to.include('env_prod').and.to.include('it has test');
  });

  it('an unknown key is a warning when that is asked for', async () => {
    const { apps, warnings } = await read('a.json', '[{"script": "a", "intances": 2}]', {
      lenient: true,
    });
    expect(apps).to.deep.equal([{ script: 'a' }]);
    expect(warnings.join()).to.include('did you mean "instances"');
  });

  const places: readonly (readonly [string, object, string, string])[] = [
    ['a nested key', { ready: { tcp: 80, timout: 1 } }, 'ready.timout', 'did you mean "timeout"'],
    ['two ways to be ready', { ready: { tcp: 80, http: 'http://a' } }, 'ready', 'exactly one of'],
    ['a bad variable', { env: { A: {} } }, 'env.A', 'a text, a number'],
    ['a key under two names', { kill_timeout: 1, killTimeout: 2 }, 'killTimeout', 'the same as'],
    ['a bad pattern', { ready: { output: '(' } }, 'ready.output', 'a regular expression'],
    ['a bad port', { health: { tcp: 70_000 } }, 'health.tcp', 'from 1 to 65535'],
    ['a bad umask', { umask: '999' }, 'umask', 'octal'],
    ['a size of no unit', { max_memory_restart: '5X' }, 'max_memory_restart', 'bytes'],
  ];
  for (const [what, change, place, expected] of places) {
    it(`${what} is refused at its place`, async () => {
      const error = await refusal('a.json', JSON.stringify({ apps: [{ script: 'a', ...change }] }));
      expect(error.place).to.equal(`$.apps[0].${place}`);
      expect(error.problem).to.include(expected);
    });
  }

  it('JSON is parsed and never evaluated', async () => {
    const proof = join(tempHome(), 'proof');
    const content = `(require("fs").writeFileSync(${JSON.stringify(proof)}, ""), {"apps": []})`;
    await refusal('a.json', content);
    expect(() => readFileSync(proof)).to.throw();
  });

  for (const format of ['yaml', 'toml', 'ts', 'cjs'] as const) {
    it(`the file that init writes as ${format} is valid, also with every comment taken away`, async () => {
      const template = templateOf(format, { name: 'a', script: './a.js' }) ?? '';
      expect((await read(`a.config.${format}`, template)).apps).to.deep.equal([
        { name: 'a', script: './a.js' },
      ]);
      const isKey = /^(\s*)(?:#|\/\/) (?=\w+(?::| =) (?:["[{\d]|true|false))/gm;
      const { apps } = await read(`b.config.${format}`, template.replace(isKey, '$1'));
      expect(Object.keys(apps[0] ?? {}).length).to.be.greaterThan(20);
    });
  }
});

describe('a setting on the command line', () => {
  const settings: readonly (readonly [string, string, unknown])[] = [
    ['max_restarts', '3', 3],
    ['maxRestarts', '3', 3],
    ['kill_timeout', '3s', '3s'],
    ['treekill', 'false', false],
    ['watch', 'true', true],
    ['watch', 'src', 'src'],
    ['args', '["a", "b c"]', ['a', 'b c']],
    ['args', '-p 80', '-p 80'],
    ['name', '12', '12'],
    ['env.PORT', '80', '80'],
  ];
  for (const [key, text, value] of settings) {
    it(`${key}=${text} is ${JSON.stringify(value)}`, () => {
      expect(readSetting(key, text)).to.deep.equal(value);
    });
  }

  it('of an unknown key is refused with the nearest', () => {
    expect(() => readSetting('max_restart', '3')).to.throw('did you mean "max_restarts"');
  });
});
