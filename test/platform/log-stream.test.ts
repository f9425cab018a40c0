import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { processId } from '../../src/domain/ids.js';
import { LogStream } from '../../src/platform/log-stream.js';
import { setLogAside, whereLogLies } from '../../src/platform/set-aside.js';
import { cleanUp, tempHome } from '../support/programs.js';

const ROTATOR = fileURLToPath(new URL('../../dist/launcher/opm-rotator', import.meta.url));

const position = (...numbers: number[]): string =>
  `${numbers.map((n) => String(n).padStart(20, '0')).join(' ')}\n`;

const archive = (log: string, from: number, text: string): string =>
  `${log}.${String(from).padStart(12, '0')}-${String(from + text.length).padStart(12, '0')}`;

const everything = (stream: LogStream, block: number): string => {
  const { from, to } = stream.bounds();
  let text = '';
  for (let at = from; at < to; ) {
    const { from: start, bytes } = stream.read(at, block);
    expect(start).to.equal(at);
    text += bytes;
    at += bytes.length;
  }
  return text;
};

describe('a log as a stream', () => {
  let log: string;
  let stream: LogStream;

  beforeEach(() => {
    log = join(tempHome(), 'web-out.log');
    stream = new LogStream(log);
  });

  afterEach(cleanUp);

  it('that is not there has nothing', () => {
    expect(stream.bounds()).to.deep.equal({ from: 0, to: 0 });
    expect(stream.read(0, 10).bytes).to.have.length(0);
  });

  it('goes on from one file to the next, packed or not, whatever the size of a read', () => {
    writeFileSync(archive(log, 100, 'first\n'), 'first\n');
    writeFileSync(`${archive(log, 106, 'second\n')}.gz`, gzipSync('second\n'));
    writeFileSync(log, 'third\n');
    writeFileSync(`${log}.pos`, position(113, 0, 0, 0));
    for (const block of [1, 4, 1000])
      expect(everything(stream, block)).to.equal('first\nsecond\nthird\n');
    expect(stream.bounds()).to.deep.equal({ from: 100, to: 119 });
  });

  it('takes a part that was left behind packed and unpacked once', () => {
    writeFileSync(archive(log, 0, 'first\n'), 'first\n');
    writeFileSync(`${archive(log, 0, 'first\n')}.gz`, gzipSync('first\n').subarray(0, 9));
    writeFileSync(log, 'second\n');
    writeFileSync(`${log}.pos`, position(6, 0, 0, 0));
    expect(everything(stream, 1000)).to.equal('first\nsecond\n');
  });

  it('skips what is not kept any more', () => {
    writeFileSync(log, 'late\n');
    writeFileSync(`${log}.pos`, position(500, 0, 0, 0));
    expect(stream.read(3, 100)).to.deep.equal({ from: 500, bytes: Buffer.from('late\n') });
  });

  const middles: readonly (readonly [string, string, string])[] = [
    ['whose head is taken out but not closed', `${'\0'.repeat(6)}second\n`, position(0, 6, 6, 6)],
    ['whose head is closed but not counted', 'second\n', position(0, 6, 6, 6)],
    ['that was renamed but not counted', '', position(0, 0, 0, 6)],
  ];
  for (const [title, content, pos] of middles) {
    it(`is read rightly in the middle of a rotation: one ${title}`, () => {
      writeFileSync(archive(log, 0, 'first\n'), 'first\n');
      writeFileSync(log, content);
      writeFileSync(`${log}.pos`, pos);
      expect(everything(stream, 4)).to.equal(`first\n${content.replaceAll('\0', '')}`);
    });
  }

  it('keeps its places through real rotations', function () {
    if (spawnSync(ROTATOR, []).error) this.skip();
    let written = '';
    for (let i = 0; i < 5; i += 1) {
      for (let n = 0; n < 400; n += 1) written += `${String(i * 400 + n).padStart(63, '.')}\n`;
      appendFileSync(log, written.slice(stream.bounds().to));
      execFileSync(ROTATOR, [log, '16384']);
      expect(everything(stream, 1 << 20) === written).to.equal(true);
    }
    expect(readdirSync(join(log, '..')).length).to.be.greaterThan(4);
  });

  it('of a former app is set aside with all that was rotated out of it', () => {
    const first = archive(log, 0, 'first\n');
    writeFileSync(first, 'first\n');
    writeFileSync(log, 'second\n');
    writeFileSync(`${log}.pos`, position(6, 0, 0, 0));
    setLogAside(log, processId(4));
    expect(stream.bounds()).to.deep.equal({ from: 0, to: 0 });
    expect(everything(new LogStream(`${log}.before-4`), 100)).to.equal('first\nsecond\n');
    writeFileSync(log, 'third\n');
    setLogAside(log, processId(7));
    expect(everything(new LogStream(`${log}.before-7`), 100)).to.equal('third\n');
    writeFileSync(log, 'fourth\n');
    setLogAside(log, processId(7));
    expect(everything(stream, 100), 'its second launch').to.equal('fourth\n');
    const places = [0, 4, 6, 7, 9].map((process) => whereLogLies(log, process));
    const [first4, first7] = [`${log}.before-4`, `${log}.before-7`];
    expect(places).to.deep.equal([first4, first7, first7, log, log]);
  });
});
