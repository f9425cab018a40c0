import type { ChangeKind, ProcessChange, TableDiff } from '../projections/table-diff.js';
import { counted } from '../projections/wording.js';
import { coloured, paint, type Style } from './table.js';

const SIGNS: Readonly<Record<ChangeKind, { readonly text: string; readonly style: Style }>> = {
  created: { text: '+', style: 'green' },
  deleted: { text: '-', style: 'red' },
  changed: { text: '~', style: 'yellow' },
  passing: { text: '±', style: 'dim' },
};
const SAYS: Readonly<Record<ChangeKind, string>> = {
  created: 'created',
  deleted: 'deleted',
  changed: '',
  passing: 'created and deleted in between',
};
const FIELD_WIDTH = 10;

const rendered = ({ kind, name, fields, between, seqs }: ProcessChange, colour: boolean) => {
  const { text, style } = SIGNS[kind];
  const head = paint(`${text} ${name}`, style, colour);
  const lines = fields.map(
    ({ field, from, to }) => `    ${field.padEnd(FIELD_WIDTH)}  ${from ?? '-'} → ${to ?? '-'}`,
  );
  const events = `event${seqs.length === 1 ? '' : 's'} ${seqs[0]}${seqs.length > 1 ? ` to ${seqs.at(-1)}` : ''}`;
  if (between !== '') lines.push(`    ${'between'.padEnd(FIELD_WIDTH)}  ${between} (${events})`);
  return [`${head}  ${SAYS[kind]}`.trimEnd(), ...lines].join('\n');
};

/** What became of the processes between two events, a block a process. */
export const renderDiff = (diff: TableDiff, colour: boolean = coloured()): string => {
  const { from, to, events, changes, unchanged } = diff;
  const head = `from event ${from} to event ${to}: ${counted(events, 'event')}`;
  const rest = changes.length === 0 ? 'nothing changed' : `${unchanged} unchanged`;
  return [head, ...changes.map((change) => rendered(change, colour)), rest].join('\n');
};
