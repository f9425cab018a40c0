/** A well mixed 32-bit hash of a text (FNV-1a, then the finalizer of MurmurHash3). */
const hash = (text: string, seed: number): number => {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/**
 * Chance without a sequence: a number belongs to the name of what it decides, so that leaving one request
 * or one fault out of a run changes nothing else about it. That is what makes a failing run shrink.
 */
export class Chance {
  readonly #seed: number;
  readonly #counts = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** From 0 to 1, exclusive; always the same for this name. */
  of(name: string): number {
    return hash(name, this.#seed) / 2 ** 32;
  }

  /** The next one for this name, which may be asked again and again. */
  next(name: string): number {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return this.of(`${name}#${count}`);
  }

  /** Ms: mostly little, sometimes ten times, rarely a hundred times as much. */
  delay(name: string, usualMs: number): number {
    const [rare, share] = [this.next(`${name}?`), this.next(name)];
    const scale = rare < 0.9 ? 1 : rare < 0.99 ? 10 : 100;
    return usualMs * scale * (0.1 + share);
  }
}

/** A sequence of choices, for making a scenario (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = hash('dice', seed);
  }

  /** From 0 to 1, exclusive. */
  roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** From 0 to n - 1. */
  below(n: number): number {
    return Math.floor(this.roll() * n);
  }

  happens(probability: number): boolean {
    return this.roll() < probability;
  }

  pick<T>(options: readonly T[]): T {
    return options[this.below(options.length)]!;
  }

  /** One of the names, each as likely as its weight. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
    const entries = Object.entries(weights) as [T, number][];
    let left = this.roll() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    return entries.at(-1)![0];
  }
}
