/**
 * `loopback`: a network of its own, in which a program reaches the servers that it starts itself and nothing else,
 * neither the host's loopback nor the outside. `full`: the host's network.
 */
export const networks = ["loopback", "full"] as const;
export type Network = (typeof networks)[number];

/** What a program may reach besides its workspace, where a sandbox holds it. */
export interface Reach {
  readonly network: Network;
  /** Files and folders that it may read. Absolute, but for `~/` in what a file says. */
  readonly readable: readonly string[];
  /** Files and folders that it may read and change. */
  readonly writable: readonly string[];
}

/** What was enforced on programs of others, and what was not. */
export interface Isolation {
  /** The sandbox that held them, such as `bubblewrap 0.8.0`; null: they could do what the user can. */
  readonly sandbox: string | null;
  /** Why there was none. */
  readonly why?: string;
  readonly files: "listed" | "not limited";
  /** `own namespace`: they see, signal and leave behind nothing outside of it. */
  readonly processes: "own namespace" | "group and mark";
  /** How `memoryBytes` and `processCount` were held: by the kernel in a control group, or looked at every moment. */
  readonly limits: "cgroup" | "sampled";
  readonly memoryBytes: number;
  readonly processCount: number;
  /** What the builder could reach. What a setup command or check could is in its own record. */
  readonly builder: Reach;
  /** What setup, checks and acceptance commands could read besides. */
  readonly readable: readonly string[];
}
