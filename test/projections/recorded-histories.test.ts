import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Recorded } from '../../src/domain/event.js';
import { evolve } from '../../src/domain/evolve.js';
import { appOf, initialState } from '../../src/domain/state.js';
import { decode } from '../../src/log/codec.js';
import { seqOfKey } from '../../src/log/keys.js';
import { IncidentFinder } from '../../src/projections/incidents/find-incidents.js';
import { Narrator } from '../../src/projections/narrator.js';
import { processTable } from '../../src/projections/process-table.js';
import { timelineOf } from '../../src/projections/timeline.js';
import { why } from '../../src/projections/why.js';

const HISTORIES = fileURLToPath(new URL('../histories', import.meta.url));

const readEvents = (name: string): Recorded[] =>
  readFileSync(join(HISTORIES, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as [string, string])
    .filter(([key]) => key.startsWith('e'))
    .map(([key, text]) => decode(seqOfKey(key), text).event as Recorded)
    .sort((a, b) => a.seq - b.seq);

for (const name of readdirSync(HISTORIES)) {
  describe(`the recorded history ${name}, explained`, () => {
    const events = readEvents(name);

    it('every event is told in words that hold no raw value', () => {
      const narrator = new Narrator();
      for (const event of events) {
        const { text } = narrator.tell(event);
        expect(text).to.not.match(/undefined|NaN|\[object|null/);
        expect(text.length).to.be.greaterThan(0);
      }
    });

    it('every process that is left is explained, back to whoever asked', () => {
      const state = evolve(initialState, events);
      const rows = new Map(processTable(state).map((row) => [row.id, row]));
      for (const process of state.processes.values()) {
        const { status } = rows.get(process.id)!;
        const told = why({ process, app: appOf(state, process), events, status });
        expect(told.answer)
          .to.match(/^[A-Z].*\.$/)
          .and.not.match(/undefined|NaN/);
        expect(told.asked?.actor?.command).to.match(/^opm /);
      }
    });

    it('its incidents are proved by its own events, and none of them is a doubled program', () => {
      const finder = new IncidentFinder();
      for (const event of events) finder.observe(event);
      const { incidents } = finder.found();
      const known = new Set(events.map(({ seq }) => seq));
      for (const { seqs } of incidents) {
        expect(seqs.length).to.be.greaterThan(0);
        for (const proof of seqs) expect(known.has(proof)).to.equal(true);
      }
      const kinds = incidents.map(({ kind }) => kind);
      expect(kinds).to.not.include.members(['runs-overlap']);
      expect(kinds).to.not.include.members(['program-shared']);
    });

    it('its timeline has a bar for every run that started', () => {
      const finder = new IncidentFinder();
      for (const event of events) finder.observe(event);
      const [from, to] = [events[0]!.at, events.at(-1)!.at];
      const { lanes } = timelineOf(finder.history, { from, to });
      const bars = lanes.filter(({ process }) => process !== null).flatMap((lane) => lane.bars);
      const started = events.filter(({ type }) => type === 'ProcessStarted');
      expect(bars.length).to.equal(started.length);
      expect(lanes.every(({ tracks }) => tracks === 1)).to.equal(true);
    });
  });
}
