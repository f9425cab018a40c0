/** A launch as the operating system gets it. */
export interface SpawnSpec {
  /** The spawn key: names the launch in what is said about it. */
  readonly tag: string;
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How a launcher ended: its exit code, or null when it was killed, could not be started, or is out of sight. */
export interface LauncherEnd {
  readonly code: number | null;
  readonly problem: string | null;
}

/** Starts launchers that outlive us, each in a session of its own with only the given environment. */
export interface Spawner {
  /** Resolves when the launcher has ended. */
  launch(spec: SpawnSpec): Promise<LauncherEnd>;
}

/** One fork of this process a launch: for where there is no spawn server. */
export const directSpawner: Spawner = {
  async launch({ argv: [file, ...args], cwd, env }) {
    const { execa } = await import('execa');
    const child = execa(file, args, {
      cwd,
      env,
      extendEnv: false,
      detached: true,
      cleanup: false,
      stdio: 'ignore',
      buffer: false,
      reject: false,
    });
    child.unref();
    const { exitCode, failed, shortMessage } = await child;
    return { code: exitCode ?? null, problem: failed ? (shortMessage ?? 'unknown') : null };
  },
};
