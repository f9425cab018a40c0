import type { DaemonInfo, Stray } from '../api/routes.js';
import type { Client } from '../client/client.js';

/** Looks for strays with or without a daemon. */
export class DaemonDoctor {
  readonly #client: Client;
  readonly #running: boolean;

  constructor(client: Client, running: boolean) {
    this.#client = client;
    this.#running = running;
  }

  /** The strays of the home; ended too, if asked for. */
  async strays(end: boolean): Promise<readonly Stray[]> {
    if (this.#running) {
      const found = end
        ? await this.#client.ask('POST /v1/strays/end', {})
        : await this.#client.ask('GET /v1/strays', {});
      return found ?? [];
    }
    const { readInfos } = await import('./read-home.js');
    const { findStrays, endStrays } = await import('../daemon/strays.js');
    const { initialState } = await import('../domain/state.js');
    const infos = await readInfos(this.#client);
    const processes = new Map(infos.map(({ process }) => [process.id, process]));
    const state = { ...initialState, processes };
    const { home } = this.#client.paths;
    return end ? endStrays(home, state) : findStrays(home, state);
  }

  /** What this machine does not allow opm to do as well as elsewhere. */
  limits(info: DaemonInfo): readonly string[] {
    const shell =
      'the shell launcher is in use (no C compiler was found): an exit code above 128 reads as a signal, and what leaves its session, empties its environment and closes its files is known by its cgroup alone';
    const cgroups = 'no cgroups can be made here: trees are known by launcher, session and marker';
    return [...(info.launcher === 'shell' ? [shell] : []), ...(info.cgroups ? [] : [cgroups])];
  }
}
