import { createHash } from "node:crypto";
import { posix } from "node:path";
import { AppError } from "../domain/app-error.ts";
import type { Inputs } from "../domain/breaker.ts";
import type { Part } from "../domain/chain.ts";
import type { PinnedBuilder } from "../domain/events.ts";
import type { PhaseState, RunState } from "../domain/fold.ts";
import { type Argv, proofOf, showArgv } from "../domain/plan.ts";
import { digestInput } from "../failures/breaker/inputs.ts";
import type { AttemptScopes, InputName } from "../failures/breaker/kinds.ts";
import { fingerprintAlgorithm } from "../failures/fingerprint.ts";
import { matchAny } from "../governance/path-policy.ts";
import { type BlobEntry, listBlobs } from "../platform/private-repository.ts";
import { checkDigits } from "./accounts.ts";
import type { ExecutorDeps } from "./deps.ts";
import { filesWithoutOthers } from "./independent-work.ts";

/** An attempt at a phase by a builder, made or to be made, on a commit. */
export interface AttemptPlace {
  readonly run: RunState;
  readonly phase: PhaseState;
  /** Undefined where it is pinned no more. */
  readonly builder: PinnedBuilder | undefined;
  readonly room: number;
  /** What of the phase is to be built; left out: all of it. */
  readonly part?: Part | undefined;
  readonly base: string;
  /** What it may use of tokens; undefined where there is no limit. */
  readonly tokensLeft: number | undefined;
}

/** Where the versions of what a project needs are written down. */
const lockNames = new Set([
  "package.json",
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "pnpm-lock.yaml",
  "bun.lock",
  "bun.lockb",
  "Cargo.toml",
  "Cargo.lock",
  "go.mod",
  "go.sum",
  "pyproject.toml",
  "requirements.txt",
  "poetry.lock",
  "uv.lock",
  "Pipfile.lock",
  "Gemfile.lock",
  "composer.lock",
  "gradle.lockfile",
]);

/** Prose that no command reads, as far as one can tell by its name. */
const isProse = (path: string): boolean =>
  /\.(md|mdx|rst|adoc)$/i.test(path) || /^(licen[cs]e|notice|authors|changelog)$/i.test(posix.basename(path));

/** Who and what else a failure of the phase may concern. */
export function scopesOf(run: RunState, phaseId: string, builder: PinnedBuilder | undefined): AttemptScopes {
  const { plan } = run.created;
  const command = builder?.kind === "command" ? showArgv(builder.argv) : (builder?.name ?? "none");
  return {
    phase: { kind: "phase", name: phaseId },
    paths: { kind: "paths", name: plan.carry.join(" ") },
    setup: { kind: "tool", name: plan.setup.map(showArgv).join("; ") },
    builder: { kind: "tool", name: command },
    provider: { kind: "provider", name: builder?.name ?? "none" },
    model: { kind: "model", name: builder?.name ?? "none" },
    host: { kind: "host", name: "this machine" },
  };
}

/** All that the outcome of an attempt may depend on. What its builder is told of earlier ones is left out. */
export async function readInputs(
  deps: ExecutorDeps,
  { run, phase, builder, room, part, base, tokensLeft }: AttemptPlace,
): Promise<Inputs> {
  const { created } = run;
  const { plan, limits } = created;
  const { spec } = phase;
  const blobs = await listBlobs(deps.platform, deps.repository, base);
  const others = await filesWithoutOthers(deps, run, phase, base, blobs);
  const inScope = matchAny([
    ...spec.scope.write,
    ...spec.scope.read,
    ...spec.deliverables.map(({ path }) => path),
  ]);
  const { hold, node, git, autopack } = await deps.environment();
  const { budget, fallback: _, ask: __, ...text } = spec;
  const variables = builder
    ? Object.entries(deps.variablesOf(builder)).map((entry) => [entry[0], checkDigits(entry)] as const)
    : [];
  const { maxParallel: ___, transientFirstMs: ____, transientMaxMs: _____, ...timed } = limits;
  const { providerWaitMs: ______, turnMs: _______, ...bounds } = timed;
  const self = await deps.platform.processes.identify();
  const values: Record<InputName, unknown> = {
    model: [...variables.filter(([name]) => /model/i.test(name)), ...(builder?.model ? [builder.model] : [])],
    builder: builder ? await builderInput(deps, builder, variables, blobs) : null,
    plan: { goal: created.goal, phase: text, ...(part ? { part } : {}) },
    files: blobs.filter(({ path }) => inScope(path)).map(entryOf),
    tree: others.filter(({ path }) => !isProse(path)).map(entryOf),
    configuration: {
      setup: plan.setup,
      checks: plan.checks.map(proofOf),
      carry: plan.carry,
      policy: plan.policy,
      protect: created.protect,
      readable: created.readable,
      bounds,
    },
    locks: blobs.filter(({ path }) => lockNames.has(posix.basename(path))).map(entryOf),
    tools: { fingerprint: fingerprintAlgorithm, schema: plan.version, autopack, node, git },
    carry: await Promise.all(plan.carry.map((path) => contentOf(deps, path))),
    host: { name: self?.host, boot: self?.bootId, hold, machine: await deps.host.machine() },
    space: await deps.host.space(),
    budget: {
      tokens: budget.tokens,
      minutes: budget.minutes,
      run: plan.budget,
      left: tokensLeft === undefined ? null : Math.floor(Math.log2(Math.max(1, tokensLeft))),
      ...roomOf(builder, room),
    },
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, digestInput(value)]));
}

/** How much a call may take, where that is declared. */
function roomOf(builder: PinnedBuilder | undefined, room: number) {
  const { maxTokens, longestMs } = builder ?? {};
  return maxTokens === undefined && longestMs === undefined ? {} : { call: { maxTokens, longestMs, room } };
}

const entryOf = ({ mode, blob, path }: BlobEntry) => [mode, blob, path];

async function builderInput(
  deps: ExecutorDeps,
  builder: PinnedBuilder,
  variables: unknown,
  blobs: readonly BlobEntry[],
): Promise<unknown> {
  if (builder.kind === "scripted") return { script: builder.sha256, reach: builder.reach };
  const words = wordsOf(builder.argv);
  const named = new Set(words.map((word) => posix.normalize(word)));
  const scripts = blobs.filter(({ path }) => named.has(path)).map(entryOf);
  const { argv, env, reach } = builder;
  // What it writes itself is its outcome, and nothing that it depends on.
  const isOwn = (word: string) => reach.writable.some((path) => `${word}/`.startsWith(`${path}/`));
  const files = await deps.host.stamps(words.filter((word) => !isOwn(word)));
  return { argv, env, reach, variables, scripts, files };
}

/** What in a command may name a file that it reads or runs. */
const wordsOf = (argv: Argv): string[] =>
  argv
    .flatMap((word) => word.replaceAll(/>+\s*\S+/g, " ").split(/[\s'"`;|&<>()=]+/))
    .filter((word) => word !== "");

/** A file of the user's checkout that is copied into workspaces. */
async function contentOf({ platform, repository }: ExecutorDeps, path: string): Promise<unknown> {
  try {
    const data = await platform.files.read(posix.join(repository.user.root, path));
    return [path, data && createHash("sha256").update(data).digest("hex")];
  } catch (error) {
    if (error instanceof AppError) return [path, error.code];
    throw error;
  }
}
