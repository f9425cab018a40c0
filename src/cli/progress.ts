/** One line on a terminal's stderr that rewrites itself; nothing where there is no terminal. */
export class ProgressLine {
  readonly #stream = process.stderr;
  #shown = false;

  update(text: string): void {
    if (!this.#stream.isTTY) return;
    this.#stream.write(`\r\u001b[K${text}`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) this.#stream.write('\r\u001b[K');
    this.#shown = false;
  }
}
