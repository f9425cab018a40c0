import { expect } from 'chai';
import type { App } from '../../src/domain/app.js';
import { processId } from '../../src/domain/ids.js';
import { isPiped, logFilesOf } from '../../src/domain/log-files.js';
import type { LogPolicy } from '../../src/domain/policy.js';
import type { Process } from '../../src/domain/state.js';
import { app } from '../support/given.js';

const OWN = { out: 'web-2-out.log', error: 'web-2-error.log' };
const process = { id: processId(7), instance: 2, logs: OWN } as Process;
const withLogs = (logs: LogPolicy, instances = 3): App =>
  app('web', { policies: { logs }, instances });

describe('the log files of a process', () => {
  const cases: readonly (readonly [string, LogPolicy, number, readonly [string, string]])[] = [
    ['are its own where nothing is asked for', {}, 3, [OWN.out, OWN.error]],
    ['are the named ones', { outFile: '/l/o.log', errorFile: '/l/e' }, 1, ['/l/o.log', '/l/e']],
    [
      'carry the instance where there are several',
      { outFile: '/l.d/o.log', errorFile: '/l.d/e' },
      3,
      ['/l.d/o-2.log', '/l.d/e-2'],
    ],
    ['may be one of both', { mergedFile: '/l/all.log' }, 1, ['/l/all.log', '/l/all.log']],
    [
      'are shared by all instances when they are merged',
      { mergeInstances: true, errorFile: '/l/e.log' },
      3,
      ['web-out.log', '/l/e.log'],
    ],
    [
      'may be a device, which has no instances',
      { outFile: '/dev/null' },
      3,
      ['/dev/null', OWN.error],
    ],
  ];
  for (const [title, policy, instances, [out, error]] of cases) {
    it(title, () => {
      expect(logFilesOf(withLogs(policy, instances), process)).to.deep.equal({ out, error });
    });
  }

  it('are written straight by the program unless lines are changed or shared', () => {
    expect(isPiped(app('web'))).to.equal(false);
    expect(isPiped(withLogs({ outFile: '/l' }))).to.equal(false);
    for (const policy of [
      { time: true },
      { json: true },
      { dateFormat: 'HH' },
      { mergedFile: '/l' },
      { mergeInstances: true },
    ])
      expect(isPiped(withLogs(policy)), JSON.stringify(policy)).to.equal(true);
  });
});
