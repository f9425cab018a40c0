import { counted, listed } from '../wording.js';
import { type Incident, inBursts, incidentOf, type Past, type RareEvent } from './incident.js';

const BURST_GAP_MS = 60_000;

const ofType = <T extends RareEvent['type']>({ rare }: Past, type: T) =>
  rare.filter((event): event is Extract<RareEvent, { type: T }> => event.type === type);

/** Second copies that the kernel refused. */
export const suppressedDuplicates = (past: Past): Incident[] =>
  inBursts(
    ofType(past, 'DuplicateSuppressed'),
    ({ data }) => `${data.process} ${data.why}`,
    BURST_GAP_MS,
  ).map((burst) => {
    const { process, why } = burst[0]!.data;
    const name = past.history.nameOf(process);
    const times = burst.length === 1 ? '' : `, ${burst.length} times`;
    const requests = burst.flatMap(({ data }) => {
      const requested = past.history.run(data.spawnKey)?.requested;
      return requested ? [requested] : [];
    });
    return incidentOf([...requests, ...burst], {
      kind: 'duplicate-suppressed',
      severity: 'prevented',
      processes: [process],
      what:
        why === 'slot-taken'
          ? `${name}: a second copy was refused by the kernel${times}, as something of an earlier run still held its slot`
          : `${name}: a second launcher of run ${burst[0]!.data.spawnKey} was refused by the kernel${times}`,
      advice:
        why === 'slot-taken'
          ? `nothing ran twice; if it goes on, \`opm doctor\` shows what still lives and \`opm why ${process}\` where it stands`
          : 'nothing ran twice; the launcher that came first has the run',
    });
  });

/** Requests that came again under their key. */
export const repeatedRequests = (past: Past): Incident[] => {
  const keyOf = ({ request, seq }: RareEvent): string => request?.key ?? `of event ${seq}`;
  return inBursts(ofType(past, 'RequestRepeated'), keyOf, Number.POSITIVE_INFINITY).map(
    (events) => {
      const { data, request } = events[0]!;
      const first = request && past.asked.get(request.key);
      const effect = data.first === null ? 'it changed nothing' : 'it was carried out once';
      return incidentOf([...(first ? [first] : []), ...events], {
        kind: 'request-repeated',
        severity: 'prevented',
        processes: [],
        what: `\`${request?.actor.command ?? 'a request'}\` was asked ${counted(events.length, 'more time')} under key ${keyOf(events[0]!)}; ${effect}`,
        advice:
          'nothing: whoever asked had lost the answer and asked again, or gave the same key twice',
      });
    },
  );
};

/** Restores that were asked for while one was open. */
export const joinedRestores = ({ history }: Past): Incident[] =>
  [...history.restores.values()]
    .filter(({ joined }) => joined.length > 0)
    .map(({ runKey, requested, joined }) => {
      const commands = [requested, ...joined].map(({ actor }) => actor?.command ?? 'unknown');
      return incidentOf([requested, ...joined], {
        kind: 'restore-joined',
        severity: 'prevented',
        processes: [],
        what: `${counted(joined.length, 'more restore was', 'more restores were')} asked for while restore ${runKey} was open; all of them got its report`,
        advice: `nothing ran twice; if one restore was meant, see who asked: ${listed([...new Set(commands)])}`,
      });
    });

/** Launches that came to nothing and were tried again under a new key. */
export const retriedLaunches = (past: Past): Incident[] =>
  inBursts(ofType(past, 'SpawnAbandoned'), ({ data }) => data.process, BURST_GAP_MS).map(
    (burst) => {
      const { process } = burst[0]!.data;
      const keys = burst.map(({ data }) => data.spawnKey);
      const requests = keys.flatMap((key) => past.history.run(key)?.requested ?? []);
      const later = past.history.slots
        .get(process)
        ?.runs.find(({ requested }) => (requested?.seq ?? 0) > burst.at(-1)!.seq);
      const outcome = later ? `run ${later.key} followed` : 'no run followed';
      return incidentOf([...requests, ...burst, ...(later?.requested ? [later.requested] : [])], {
        kind: 'launch-retried',
        severity: 'prevented',
        processes: [process],
        what: `${past.history.nameOf(process)}: ${listed(keys.map((key) => `run ${key}`))} never ran its program; its key was fenced, so that a late launcher loses, and ${outcome}`,
        advice:
          'nothing ran twice; a launcher or daemon died between intent and start: if it happens often, look for what kills them (`opm doctor`, the kernel log)',
      });
    },
  );
