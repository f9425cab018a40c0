import { expect } from 'chai';
import { type App, DEFAULT_RESTART } from '../../src/domain/app.js';
import { definitionOf } from '../../src/domain/definition.js';
import { EMPTY_ENVIRONMENT } from '../../src/domain/environment.js';
import type { EventType } from '../../src/domain/event.js';
import { appKey } from '../../src/domain/ids.js';
import type { Answer, PlannedApp, Request } from '../../src/domain/request.js';
import { app, EVERYTHING, World } from '../support/given.js';

const FILE = '/srv/opm.config.json';
const from = (name: string, change: Partial<App> = {}) => app(name, { source: FILE, ...change });
const withEnv = (values: Record<string, string>): Partial<App> => ({
  env: { ...EMPTY_ENVIRONMENT, values },
});

type Apply = Extract<Request, { type: 'ApplyApps' }>;

const apply = (apps: readonly App[], change: Partial<Apply> = {}): Apply => ({
  type: 'ApplyApps',
  apps,
  restart: 'changed',
  prune: null,
  agreed: null,
  ...change,
});

const accepted = (world: World, request: Request): { answer: Answer; events: EventType[] } => {
  const { outcome, events } = world.ask(request);
  if ('refusal' in outcome) throw new Error(outcome.refusal.message);
  return { answer: outcome.answer, events };
};

const planned = (world: World, request: Apply): readonly PlannedApp[] =>
  accepted(world, request).answer.plan ?? [];

/** A world in which this app runs as applied. */
const running = (first: App): World => {
  const world = new World();
  const { answer } = accepted(world, apply([first]));
  for (const id of answer.processes) world.started(id);
  return world;
};

describe('applying definitions', () => {
  it('creates and starts what is new', () => {
    const world = new World();
    const { answer, events } = accepted(world, apply([from('web', { instances: 2 })]));
    expect(answer.plan).to.deep.equal([
      { app: 'default/web', does: 'create', changes: [], runs: 'start', outdated: false },
    ]);
    expect(events.filter((type) => type === 'SpawnRequested')).to.have.length(2);
  });

  it('twice does nothing the second time', () => {
    const world = running(from('web'));
    const { answer, events } = accepted(world, apply([from('web')]));
    expect(events).to.deep.equal([]);
    expect(answer.plan).to.deep.include.members([
      { app: 'default/web', does: 'keep', changes: [], runs: 'stay', outdated: false },
    ]);
  });

  it('restarts what only a new run shows, and names the variables that differ', () => {
    const world = running(from('web', withEnv({ PORT: '80', OLD: '1' })));
    const next = from('web', withEnv({ PORT: '81' }));
    const [plan] = planned(world, apply([next]));
    expect(plan).to.deep.include({ does: 'change', runs: 'restart' });
    expect(plan?.changes).to.deep.equal([
      { key: 'env.OLD', from: '1', to: null },
      { key: 'env.PORT', from: '80', to: '81' },
    ]);
    expect(world.process().phase.is).to.equal('stopping');
    world.ended(null, 0, undefined, 'SIGTERM');
    expect(world.process().phase.is).to.equal('launching');
    expect(world.process().outdated).to.equal(false);
  });

  it('leaves programs alone when only a policy changes', () => {
    const world = running(from('web'));
    const restart = { ...DEFAULT_RESTART, maxRestarts: 3 };
    const { events } = accepted(world, apply([from('web', { restart })]));
    expect(events).to.deep.equal(['AppChanged']);
    expect(world.state.apps.get(appKey('default', 'web'))?.restart.maxRestarts).to.equal(3);
  });

  it('brings up what was stopped, but not what is not to be started by itself', () => {
    for (const autostart of [true, false]) {
      const world = running(from('web', { autostart: true }));
      accepted(world, { type: 'StopProcesses', targets: EVERYTHING });
      world.ended(null, 0, undefined, 'SIGTERM');
      accepted(world, apply([from('web', { autostart })]));
      expect(world.process().wanted).to.equal(autostart ? 'up' : 'down');
    }
  });

  it('does not start a new app that is not to be started by itself', () => {
    const world = new World();
    const { events } = accepted(world, apply([from('web', { autostart: false })]));
    expect(events).to.not.include('SpawnRequested');
    expect(world.process().wanted).to.equal('down');
  });

  it('scales up and down with the number of instances', () => {
    const world = running(from('web'));
    const { answer } = accepted(world, apply([from('web', { instances: 3 })]));
    expect(answer.processes).to.deep.equal([0, 1, 2]);
    world.started(1);
    world.started(2);
    const fewer = accepted(world, apply([from('web')]));
    expect(fewer.answer.removed).to.deep.equal([1, 2]);
    expect(world.process(0).phase.is).to.equal('online');
  });

  it('removes what the file defined once and defines no more, and nothing of others', () => {
    const world = running(from('web'));
    accepted(world, apply([app('other', { source: '/srv/other.json' })]));
    accepted(world, apply([app('typed')]));
    const { answer } = accepted(world, apply([from('api')], { prune: FILE }));
    expect(answer.plan?.map(({ app: key, does }) => `${does} ${key}`)).to.deep.equal([
      'create default/api',
      'remove default/web',
    ]);
    expect(answer.removed).to.deep.equal([0]);
  });

  it('with prune does not remove what the file goes on to depend on', () => {
    const world = running(from('db'));
    const policies = { dependsOn: [{ app: 'db', condition: 'ready' } as const] };
    const { outcome, events } = world.ask(apply([from('web', { policies })], { prune: FILE }));
    expect(outcome).to.have.nested.property('refusal.message').that.includes('does not exist');
    expect(events).to.deep.equal([]);
  });

  it('is refused when what was agreed to is no longer what it comes to', () => {
    const world = running(from('web'));
    const agreed = JSON.stringify(planned(new World(), apply([from('web')])));
    const { outcome, events } = world.ask(apply([from('web')], { agreed }));
    expect('refusal' in outcome && outcome.refusal.code).to.equal('PLAN_CHANGED');
    expect(events).to.deep.equal([]);
  });

  it('with scope none changes definitions, and a later apply restarts what is behind', () => {
    const world = running(from('web'));
    const next = from('web', withEnv({ PORT: '81' }));
    const [quiet] = planned(world, apply([next], { restart: 'none' }));
    expect(quiet).to.deep.include({ does: 'change', runs: 'stay', outdated: true });
    const [later] = planned(world, apply([next]));
    expect(later).to.deep.include({ does: 'keep', runs: 'restart', outdated: false });
  });

  it('with scope all restarts what has not changed', () => {
    const world = running(from('web'));
    expect(planned(world, apply([from('web')], { restart: 'all' }))[0]?.runs).to.equal('restart');
  });
});

describe('adjusting a definition', () => {
  const adjust = (first: App, to: App): Request => ({
    type: 'AdjustApp',
    app: appKey(first.namespace, first.name),
    to,
    from: definitionOf(first),
    restart: 'none',
  });

  it('renames an app in place: its programs go on', () => {
    const web = from('web');
    const world = running(web);
    const { answer, events } = accepted(world, adjust(web, { ...web, name: 'api' }));
    expect(events).to.deep.equal(['AppRenamed']);
    expect(answer.processes).to.deep.equal([0]);
    expect([...world.state.apps.keys()]).to.deep.equal(['default/api']);
    expect(world.process().phase.is).to.equal('online');
    world.ended(1);
    expect(world.process().app).to.equal('default/api');
  });

  it('says when a restart is needed', () => {
    const web = from('web');
    const world = running(web);
    const { answer } = accepted(world, adjust(web, { ...web, cwd: '/srv' }));
    expect(answer.plan?.[0]).to.deep.include({ runs: 'stay', outdated: true });
    expect(world.process().outdated).to.equal(true);
  });

  it('is refused when the name is taken, or the definition is no longer what it was', () => {
    const web = from('web');
    const world = running(web);
    accepted(world, apply([from('api')]));
    const taken = world.ask(adjust(web, { ...web, name: 'api' })).outcome;
    expect('refusal' in taken && taken.refusal.code).to.equal('ALREADY_EXISTS');
    const stale = world.ask(adjust({ ...web, cwd: '/old' }, web)).outcome;
    expect('refusal' in stale && stale.refusal.code).to.equal('PLAN_CHANGED');
  });

  const needing = (name: string, ...apps: string[]): App =>
    from(name, {
      policies: { dependsOn: apps.map((other) => ({ app: other, condition: 'ready' })) },
    });

  it('gives no other name or namespace to an app that others depend on, and names them', () => {
    const db = from('db');
    const world = running(db);
    accepted(world, apply([needing('web', 'db'), needing('api', 'default/db')]));
    for (const change of [{ name: 'base' }, { namespace: 'infra' }]) {
      const { outcome, events } = world.ask(adjust(db, { ...db, ...change }));
      expect(outcome).to.have.nested.property('refusal.code', 'HAS_DEPENDENTS');
      expect(outcome).to.have.nested.property('refusal.message').that.includes('default/web, def');
      expect(events).to.deep.equal([]);
    }
    accepted(world, adjust(db, { ...db, cwd: '/srv' }));
  });

  it('gives no other name to an app that would then depend on its old one', () => {
    const web = from('web');
    const { outcome } = running(web).ask(adjust(web, needing('api', 'web')));
    expect(outcome).to.have.nested.property('refusal.code', 'INVALID_APP');
  });

  it('does not make an app go on for ever while another one waits for its end', () => {
    const db = from('db', { restart: { ...DEFAULT_RESTART, autorestart: 'never' } });
    const world = running(db);
    const dependsOn = [{ app: 'db', condition: 'exited-successfully' } as const];
    accepted(world, apply([from('web', { policies: { dependsOn } })]));
    const { outcome } = world.ask(adjust(db, { ...db, restart: DEFAULT_RESTART }));
    expect(outcome).to.have.nested.property('refusal.message').that.includes('"web" waits until');
  });
});
