import { expect } from 'chai';
import { type Column, renderTable } from '../../src/cli/table.js';

interface Fruit {
  readonly name: string;
  readonly count: number;
}
const columns: readonly Column<Fruit>[] = [
  { head: 'name', cell: ({ name }) => name, gives: 1 },
  { head: 'n', cell: ({ count }) => String(count), align: 'right' },
];
const rows: readonly Fruit[] = [
  { name: 'a very long apple', count: 5 },
  { name: 'fig', count: 12 },
];

describe('a table', () => {
  it('is as wide as its widest cells', () => {
    expect(renderTable(rows, columns, { colour: false }).split('\n')).to.deep.equal([
      'name                n',
      'a very long apple   5',
      'fig                12',
    ]);
  });

  it('gives way to a narrow terminal in the columns that may', () => {
    const lines = renderTable(rows, columns, { colour: false, width: 12 }).split('\n');
    expect(lines).to.deep.equal(['name       n', 'a very …   5', 'fig       12']);
  });

  it('leaves columns out before it narrows one, and none where there is room', () => {
    const droppable = [
      ...columns,
      { head: 'a', cell: () => 'first', drops: 2 },
      { head: 'b', cell: () => 'second', drops: 1 },
    ];
    const heads = (width: number): string[] =>
      renderTable(rows, droppable, { colour: false, width }).split('\n')[0]!.split(/ +/);
    expect(heads(36)).to.deep.equal(['name', 'n', 'a', 'b']);
    expect(heads(35)).to.deep.equal(['name', 'n', 'b']);
    expect(heads(28)).to.deep.equal(['name', 'n']);
  });

  it('counts the columns of the terminal, not letters', () => {
    const wide: readonly Fruit[] = [
      { name: '苹果', count: 1 },
      { name: 'e\u0301', count: 2 },
      { name: 'fig', count: 3 },
    ];
    expect(renderTable(wide, columns, { colour: false }).split('\n')).to.deep.equal([
      'name  n',
      '苹果  1',
      'e\u0301     2',
      'fig   3',
    ]);
  });

  it('never shrinks a column to nothing', () => {
    const [, first] = renderTable(rows, columns, { colour: false, width: 1 }).split('\n');
    expect(first).to.equal('a v…   5');
  });

  it('without rows is its head', () => {
    expect(renderTable([], columns, { colour: false })).to.equal('name  n');
  });

  it('colours a cell only where colour is wanted, and without changing its width', () => {
    const painted: readonly Column<Fruit>[] = [
      { head: 'name', cell: ({ name }) => ({ text: name, style: 'red' }) },
    ];
    const plain = renderTable(rows, painted, { colour: false });
    const coloured = renderTable(rows, painted, { colour: true });
    expect(plain).to.not.include('\u001b');
    expect(coloured).to.include('\u001b[31mfig');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it removes
    const bare = coloured.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '');
    expect(bare).to.equal(plain);
  });
});
