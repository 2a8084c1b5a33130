import { createHash } from "node:crypto";
import { dirname, relative, resolve } from "node:path";
import type { Config } from "../config.ts";
import { AppError, exitCodes } from "../domain/app-error.ts";
import type { Alternative, BuilderTraits, PinnedBuilder, RunCreated } from "../domain/events.ts";
import type { Reach } from "../domain/isolation.ts";
import { type Argv, type BuilderRef, type PhaseSpec, type Plan, phasesOf } from "../domain/plan.ts";
import { isUnhidden } from "../domain/redact.ts";
import { defaultProtected } from "../governance/default-protected.ts";
import { createPathPolicy } from "../governance/path-policy.ts";
import { alternativeNames, type BuilderFacts, buildersOf } from "../plan/commands.ts";
import { globOfPath } from "../plan/deliverable-path.ts";
import { detectToolchain, toCheckSpecs } from "../plan/detect.ts";
import { gatherFacts } from "../plan/facts.ts";
import type { Finding } from "../plan/findings.ts";
import { phaseHash } from "../plan/identity.ts";
import { type LintRules, lintPlan } from "../plan/lint.ts";
import { type ParsedPlan, parsePlan } from "../plan/parse.ts";
import {
  type PlanDefaults,
  resolveChecks,
  resolvePath,
  resolveReach,
  toArgv,
  withoutUndefined,
} from "../plan/resolve.ts";
import { pathsBelow } from "../platform/detour.ts";
import type { Platform } from "../platform/ports.ts";
import { pinLimits } from "./pin-limits.ts";

export interface AdmissionRequest {
  readonly platform: Platform;
  /** The checkout's root. */
  readonly root: string;
  readonly home: string;
  /** Folders that no builder may change, whatever it lists. */
  readonly own: readonly string[];
  readonly config: Config;
  readonly configPath: string | undefined;
  /** Absolute, in a folder named without links: the plan is protected by its place in the repository. */
  readonly planPath: string;
  /** The folder of all workspaces of this repository. */
  readonly workspaceRoot: string;
  readonly maxParallel?: number;
  /** What builders may be let see of: for a word of warning only. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A plan as judged before anything runs: all findings, and what a run of it would pin. */
export interface Admission {
  readonly findings: readonly Finding[];
  /** Undefined when the plan is refused whole. */
  readonly created: RunCreated | undefined;
}

/** Reads and lints a plan against the repository and the configuration. Costs nothing and writes nothing. */
export async function admitPlan(request: AdmissionRequest): Promise<Admission> {
  const { platform, root, config, planPath } = request;
  const parsed = parsePlan(await readPlan(request), {
    file: showPath(planPath),
    defaults: await defaultsOf(request),
    maxBytes: config.limits.plan_bytes,
  });
  const findBuilder = (name: string) => factsOf(request, name);
  const facts = await gatherFacts(platform, parsed, {
    root,
    planPath,
    workspaceRoot: request.workspaceRoot,
    ...(request.configPath ? { configPath: request.configPath } : {}),
    findBuilder,
  });
  const protect = await protectedBy(request, parsed);
  const findings = lintPlan(parsed, facts, rulesOf(request, parsed, protect, findBuilder));
  const { base } = facts.repository;
  const created = parsed.plan && base ? await pin(request, parsed, parsed.plan, base, protect) : undefined;
  return { findings, created };
}

const showPath = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
};

async function readPlan({ platform, planPath, config }: AdmissionRequest): Promise<Buffer> {
  const most = config.limits.plan_bytes;
  const data = await platform.files.read(planPath, most).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    throw planUnreadable(
      error.message,
      "Give the path of a plan file; `limits.plan_bytes` is its size limit.",
    );
  });
  if (data) return data;
  throw planUnreadable(
    `there is no plan at ${planPath}`,
    "Give the path of a plan file; `autopack init` writes a first one.",
  );
}

const planUnreadable = (message: string, action: string): AppError =>
  new AppError({ code: "plan-unreadable", message, action, exitCode: exitCodes.plan });

/** The configuration where the plan is silent, and what the repository shows where that is silent too. */
export async function defaultsOf({
  platform,
  root,
  config,
}: Pick<AdmissionRequest, "platform" | "root" | "config">): Promise<PlanDefaults> {
  const { builder, budget, fallback, ask } = config.defaults;
  const detected = config.setup && config.checks ? undefined : await detectToolchain(platform.files, root);
  return {
    setup: config.setup?.map(toArgv) ?? detected?.setup.map(toArgv) ?? [],
    carry: config.carry.map(resolvePath),
    checks: config.checks ? resolveChecks(config.checks) : toCheckSpecs(detected?.checks ?? []),
    builder: builder ?? null,
    fallback,
    ask,
    attempts: budget.attempts,
    minutes: budget.minutes,
    tokens: budget.tokens ?? null,
  };
}

function factsOf({ config, root, variables }: AdmissionRequest, name: string): BuilderFacts | undefined {
  const builder = Object.hasOwn(config.builders, name) ? config.builders[name] : undefined;
  if (!builder) return undefined;
  const { writable = [], stronger } = builder;
  const common = { writable, ...(stronger === undefined ? {} : { stronger }) };
  if ("scripted" in builder)
    return { script: resolve(root, builder.scripted), reportsUsage: true, ...common };
  const unhidden = builder.env.filter((variable) => isUnhidden(variable, variables[variable]));
  return { argv: toArgv(builder.command), reportsUsage: builder.reports_usage, unhidden, ...common };
}

/**
 * Plan, scripts and configuration are protected, wherever their links lead: no phase rewrites its orders. So are the
 * user's files that are carried into workspaces: none gets into a commit by being edited there.
 */
async function protectedBy(request: AdmissionRequest, parsed: ParsedPlan): Promise<string[]> {
  const { root, config, planPath, configPath } = request;
  const orders = new Set([
    planPath,
    ...(configPath === undefined ? [] : [configPath]),
    ...parsed.phases
      .flatMap(({ spec }) => buildersOf(spec, (name) => factsOf(request, name)))
      .flatMap((builder) => scriptPath(request, builder) ?? []),
  ]);
  const own = await Promise.all([...orders].map((file) => pathsBelow(root, file)));
  const { policy, carry } = parsed.draft ?? { policy: { protect: [] }, carry: [] };
  const globs = new Set([...own.flat(), ...carry].map(globOfPath));
  return [...defaultProtected, ...config.protect, ...policy.protect, ...globs];
}

function scriptPath(request: AdmissionRequest, builder: BuilderRef): string | undefined {
  if (builder.kind === "scripted") return resolve(dirname(request.planPath), builder.script);
  return builder.kind === "named" ? factsOf(request, builder.name)?.script : undefined;
}

function rulesOf(
  request: AdmissionRequest,
  parsed: ParsedPlan,
  protect: readonly string[],
  findBuilder: LintRules["findBuilder"],
): LintRules {
  const { platform, config } = request;
  const grants = parsed.draft?.policy.grants ?? [];
  const policy = createPathPolicy({ protect, grants, now: platform.clock.now() });
  return {
    findBuilder,
    builderNames: Object.keys(config.builders),
    opensOwn: (path) => opensOwn(request, path),
    assessPath: policy.assessPath,
  };
}

/** Neither above nor below one of them. */
function opensOwn({ own, home }: AdmissionRequest, path: string): boolean {
  const place = expandHome(path, home);
  const within = (inner: string, outer: string) => `${inner}/`.startsWith(outer === "/" ? "/" : `${outer}/`);
  return own.some((folder) => within(folder, place) || within(place, folder));
}

const expandHome = (path: string, home: string): string =>
  path.startsWith("~/") ? resolve(home, path.slice(2)) : resolve(path);

const expandReach = (reach: Reach, home: string): Reach => ({
  network: reach.network,
  readable: reach.readable.map((path) => expandHome(path, home)),
  writable: reach.writable.map((path) => expandHome(path, home)),
});

async function pin(
  request: AdmissionRequest,
  parsed: ParsedPlan,
  plan: Plan,
  base: { readonly commit: string; readonly tree: string },
  protect: readonly string[],
): Promise<RunCreated> {
  const builders: Record<string, PinnedBuilder> = {};
  const alternatives: Record<string, readonly Alternative[]> = {};
  const phaseHashes: Record<string, string> = {};
  for (const { phase } of phasesOf(plan)) {
    const builder = await pinBuilder(request, phase.builder);
    phaseHashes[phase.id] = phaseHash(phase, { ...plan, builder });
    if (builder) builders[phase.id] = builder;
    const others = await pinAlternatives(request, phase);
    if (others.length > 0) alternatives[phase.id] = others;
  }
  return {
    planId: plan.id,
    goal: plan.goal,
    purpose: plan.purpose,
    planPath: request.planPath,
    planSha256: parsed.sha256,
    plan,
    phaseHashes,
    builders,
    ...(Object.keys(alternatives).length > 0 ? { alternatives } : {}),
    limits: pinLimits(request.config.limits, request.maxParallel),
    readable: request.config.readable.map((path) => expandHome(path, request.home)),
    protect,
    base: { ref: plan.base, ...base },
  };
}

/** Those that may take over; what lint found missing refuses the phase. */
async function pinAlternatives(request: AdmissionRequest, phase: PhaseSpec): Promise<Alternative[]> {
  const pinned: Alternative[] = [];
  for (const { name, use } of alternativeNames(phase, (other) => factsOf(request, other))) {
    const builder = await pinBuilder(request, { kind: "named", name });
    if (builder) pinned.push({ builder, use });
  }
  return pinned;
}

type ConfiguredBuilder = Config["builders"][string];

const traitsOf = (configured: ConfiguredBuilder | undefined): BuilderTraits => {
  const { provider, model, stronger, max_tokens: maxTokens, minutes } = configured ?? {};
  const longestMs = minutes === undefined ? undefined : minutes * 60_000;
  return withoutUndefined({ provider, model, stronger, maxTokens, longestMs });
};

/** Undefined where lint found the builder or its script missing: the phase is refused then. */
async function pinBuilder(
  request: AdmissionRequest,
  builder: BuilderRef,
): Promise<PinnedBuilder | undefined> {
  const path = scriptPath(request, builder);
  const configured = builder.kind === "named" ? request.config.builders[builder.name] : undefined;
  const written = builder.kind === "named" ? undefined : builder.reach;
  const reach = expandReach(written ?? resolveReach(configured ?? {}), request.home);
  if (path !== undefined) {
    const content = (await request.platform.files.read(path, request.config.limits.plan_bytes))?.toString(
      "utf8",
    );
    if (content === undefined) return undefined;
    const sha256 = createHash("sha256").update(content).digest("hex");
    const name = builder.kind === "named" ? builder.name : "scripted";
    const pinned = { kind: "scripted", name, path, sha256, content, reportsUsage: true, reach } as const;
    return { ...pinned, ...traitsOf(configured) };
  }
  if (builder.kind === "command")
    return { kind: "command", name: "command", argv: builder.argv, env: [], reportsUsage: false, reach };
  if (builder.kind !== "named" || !configured || "scripted" in configured) return undefined;
  const argv: Argv = toArgv(configured.command);
  return {
    kind: "command",
    name: builder.name,
    argv,
    env: configured.env,
    reportsUsage: configured.reports_usage,
    ...(configured.probe === undefined ? {} : { probe: toArgv(configured.probe) }),
    reach,
    ...traitsOf(configured),
  };
}
