import { expect } from 'chai';
import { settle } from '../../src/cli/settle.js';
import type { Client } from '../../src/client/client.js';
import type { Row } from '../../src/projections/process-table.js';

/** A client whose daemon says each time that all has settled, and shows these tables one after another. */
const clientWith = (tables: readonly (readonly Partial<Row>[])[]): Client => {
  const left = [...tables];
  return {
    persist: <T>(ask: () => Promise<T>) => ask(),
    follow: async function* () {},
    demand: async () => left.shift(),
  } as unknown as Client;
};

const row = (id: number, status: Row['status'], wanted: Row['wanted'] = 'up') =>
  ({ id, status, wanted, spawnKey: `${id}-1-x` }) as Partial<Row>;

describe('waiting for what was asked for', () => {
  it('waits on while another request brings the same process up', async () => {
    const client = clientWith([
      [row(0, 'stopping')],
      [row(0, 'launching'), row(1, 'launching')],
      [row(0, 'online'), row(1, 'launching')],
    ]);
    expect(await settle(client, [0], { goal: 'up' })).to.deep.equal([row(0, 'online')]);
  });

  it('does not wait for what waits in vain for what it depends on', async () => {
    const blocked = { ...row(0, 'launching'), spawnKey: null };
    expect(await settle(clientWith([[blocked]]), [0], { goal: 'up' })).to.deep.equal([blocked]);
  });

  it('does not wait for what another request ends, nor where it is not to be up', async () => {
    const ending = row(0, 'stopping', 'down');
    expect(await settle(clientWith([[ending]]), [0], { goal: 'up' })).to.deep.equal([ending]);
    const coming = row(0, 'launching');
    expect(await settle(clientWith([[coming]]), [0], { goal: 'stopped' })).to.deep.equal([coming]);
  });
});
