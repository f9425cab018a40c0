import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { socketPath } from '../../src/platform/socket-path.js';
import { cleanUp, tempHome } from '../support/programs.js';

/** A path of exactly so many bytes below a folder that exists. */
const pathOf = (folder: string, bytes: number): string => {
  const fill = bytes - Buffer.byteLength(join(folder, 'x', 's.sock')) + 1;
  const deep = join(folder, 'd'.repeat(fill));
  mkdirSync(deep);
  return join(deep, 's.sock');
};

const listening = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen(path, resolve);
  });

const greetingAt = (path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const client = connect(path).once('error', reject);
    client.once('data', (data) => resolve(String(data)));
  });

const openFiles = (): number => readdirSync('/proc/self/fd').length;

describe('the path of a socket', () => {
  afterEach(cleanUp);

  for (const bytes of [107, 108, 200])
    it(`of ${bytes} bytes is listened at and connected to`, async () => {
      const absolute = pathOf(tempHome(), bytes);
      expect(Buffer.byteLength(absolute)).to.equal(bytes);
      const [ours, theirs] = [socketPath(absolute), socketPath(absolute)];
      expect(ours.path === absolute).to.equal(bytes <= 107);
      const server = createServer((client) => client.end('hello'));
      await listening(server, ours.path);
      try {
        expect(existsSync(absolute)).to.equal(true);
        expect(await greetingAt(theirs.path)).to.equal('hello');
      } finally {
        await new Promise((done) => server.close(done));
        theirs.release();
        ours.release();
      }
      expect(existsSync(absolute)).to.equal(false);
    });

  it('keeps no file open after its release, however often that is called', () => {
    const absolute = pathOf(tempHome(), 150);
    const before = openFiles();
    const { release } = socketPath(absolute);
    expect(openFiles()).to.equal(before + 1);
    release();
    release();
    expect(openFiles()).to.equal(before);
  });

  it('is an error when it is long and its folder is missing', () => {
    expect(() => socketPath(`/nowhere/${'x'.repeat(200)}/s.sock`)).to.throw(/ENOENT|ENAMETOOLONG/);
  });
});
