/** Lines at the beginning and at the end of a brief story. */
const BRIEF_HALF = 150;

/** What happened, a line for each thing, when somebody wants to read it. */
export class Story {
  readonly lines: string[] = [];
  /** Whether anybody will read it: else nothing needs to be told. */
  readonly isKept: boolean;

  constructor(kept: boolean) {
    this.isKept = kept;
  }

  tell(atMs: number, who: string, what: string): void {
    if (!this.isKept) return;
    const at = (atMs / 1000).toFixed(4).padStart(10);
    this.lines.push(`${at}  ${who.padEnd(10)}  ${what}`);
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** Without the middle of one that goes round and round. */
  get brief(): string {
    const left = this.lines.length - 2 * BRIEF_HALF;
    if (left <= 0) return this.text;
    const gap = `            … ${left} lines, all of them with --story …`;
    return [...this.lines.slice(0, BRIEF_HALF), gap, ...this.lines.slice(-BRIEF_HALF)].join('\n');
  }
}
