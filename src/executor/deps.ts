import type { Builder } from "../builders/builder.ts";
import type { Environment } from "../domain/certificate.ts";
import type { PinnedBuilder, RunEvent, Stored } from "../domain/events.ts";
import type { RunState } from "../domain/fold.ts";
import type { Leases, Ledger } from "../domain/ledger.ts";
import type { BreakerMemory } from "../failures/breaker/memory.ts";
import type { HostFacts } from "../platform/host-facts.ts";
import type { Hold, Platform } from "../platform/ports.ts";
import type { PrivateRepository } from "../platform/private-repository.ts";
import type { SetupCache } from "../platform/setup-cache-space.ts";

/** All that the executor needs of the world; made in app.ts. */
export interface ExecutorDeps {
  readonly platform: Platform;
  readonly ledger: Ledger;
  readonly leases: Leases;
  readonly repository: PrivateRepository;
  readonly createBuilder: (pinned: PinnedBuilder) => Builder;
  /** Where checks run, and how what runs is held in general. */
  readonly environment: () => Promise<Omit<Environment, "isolation"> & { readonly hold: Hold }>;
  /** Folder of kept outputs. */
  readonly artifactsRoot: string;
  /** Folder of this repository's workspaces, outside the checkout. */
  readonly workspaceRoot: string;
  /** What setup commands made, kept for the next workspaces of this repository. */
  readonly setupCache: SetupCache;
  /** Values that must never reach the ledger, a log or a prompt. */
  readonly secrets: readonly string[];
  /** The user's home folder. */
  readonly home: string;
  /** The variables that a builder is let see, with their values: those are secrets. */
  readonly variablesOf: (pinned: PinnedBuilder) => Readonly<Record<string, string>>;
  readonly host: HostFacts;
  /** What the runs of the repository remember of failures; shared by all that this process drives. */
  readonly breaker: BreakerMemory;
  /** From 0 to below 1: what waits are drawn from. */
  readonly random: () => number;
  /** Who appends: shown in the ledger. */
  readonly actor: string;
  /** How long an owner may give no sign of life before others take it for gone. */
  readonly leaseMs: number;
  /** How often requests of other processes are looked for. */
  readonly pollMs: number;
  readonly onEvent: (event: Stored<RunEvent>, state: RunState) => void;
  readonly onOutput: (phaseId: string, line: string) => void;
}
