import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { ask } from '../../src/platform/probe.js';
import { isSame } from '../../src/platform/proc.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, NOBODY, Roster, tempHome } from '../support/programs.js';

describe('a probe', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    cleanUp();
  });

  const settings = { timeoutMs: 5000, cwd: '/', env: { PATH: process.env.PATH ?? '' } };
  const portOf = async (server: Server): Promise<number> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const answering = (status: number): Promise<number> =>
    portOf(
      createServer((_, answer) => {
        answer.statusCode = status;
        answer.end('x'.repeat(100_000));
      }),
    );
  const http = async (status: number, well: readonly number[] = []) =>
    ask(
      { kind: 'http', url: `http://127.0.0.1:${await answering(status)}/`, status: well },
      settings,
    );

  it('of a port finds that it takes a connection, and that nobody listens', async () => {
    const server = createTcp();
    const port = await portOf(server);
    const probe = { kind: 'tcp', host: '127.0.0.1', port } as const;
    expect(await ask(probe, settings)).to.equal(null);
    await new Promise((resolve) => server.close(resolve));
    expect(await ask(probe, settings)).to.include('ECONNREFUSED');
  });

  it('of a URL goes by its status', async () => {
    expect(await http(204)).to.equal(null);
    expect(await http(302)).to.equal(null);
    expect(await http(503)).to.match(/answered 503$/);
    expect(await http(401, [401])).to.equal(null);
    expect(await http(200, [401])).to.match(/answered 200$/);
  });

  it('of a URL that does not answer ends in time', async () => {
    const port = await portOf(createServer(() => {}));
    const probe = { kind: 'http', url: `http://127.0.0.1:${port}/`, status: [] } as const;
    expect(await ask(probe, { ...settings, timeoutMs: 100 })).to.include('longer than 100 ms');
  });

  it('by a command goes by its code, and tells the last line of its error output', async () => {
    const by = (command: string) => ask({ kind: 'command', command }, settings);
    expect(await by('exit 0')).to.equal(null);
    expect(await by('echo first >&2; echo no space >&2; exit 3')).to.equal(
      'the command ended with code 3: no space',
    );
    expect(await by('kill -9 $$')).to.equal('the command ended with SIGKILL');
  });

  it('by a command that takes too long kills it with all that it started', async () => {
    const folder = tempHome();
    const roster = new Roster(folder);
    const command = `${roster.script} ${roster.file} & wait`;
    const asked = ask({ kind: 'command', command }, { ...settings, timeoutMs: 1500 });
    const [program] = await eventually('it runs', () => {
      const living = roster.living();
      return living.length > 0 && living;
    });
    expect(await asked).to.equal('the command took longer than 1500 ms');
    await eventually('it is gone', () => !isSame(program!));
  });

  it('by a command runs as the user that it is given', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const asked = { ...settings, user: NOBODY };
    const command = `test "$(id -u):$(id -G)" = ${NOBODY.uid}:${NOBODY.gid}`;
    expect(await ask({ kind: 'command', command }, asked)).to.equal(null);
  });

  it('by a command runs in the folder and the environment of the app', async () => {
    const cwd = tempHome();
    writeFileSync(join(cwd, 'here'), '');
    const env = { ...settings.env, COLOR: 'red' };
    const command = '[ -e here ] && [ "$COLOR" = red ] && touch seen';
    expect(await ask({ kind: 'command', command }, { timeoutMs: 5000, cwd, env })).to.equal(null);
    expect(existsSync(join(cwd, 'seen'))).to.equal(true);
  });
});
