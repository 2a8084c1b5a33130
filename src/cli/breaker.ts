import type { App } from "../app.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import type { RepositoryEvent, Stored } from "../domain/events.ts";
import { breakerStore } from "../executor/breaker-store.ts";
import type { Limit } from "../failures/breaker/limits.ts";
import { createMemory } from "../failures/breaker/memory.ts";
import { type Breaker, foldRegistry } from "../failures/breaker/registry.ts";
import { quote } from "../plan/wording.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { assertReason } from "./reason.ts";
import { breakersOf, historyOf, renderBreaker, renderBreakers } from "./views/breaker.ts";
import { stripControl } from "./views/text.ts";

interface Json {
  readonly json?: boolean;
}

/** All that is closed off or counted, in the order in which it was first seen. */
export function list({ terminal, ...context }: CommandContext, options: Json): Promise<ExitCode> {
  return withApp({ terminal, ...context }, async (app) => {
    const { breakers, limits } = await readBreakers(app);
    if (options.json) terminal.printJson({ schemaVersion: 1, breakers: breakersOf(breakers), limits });
    else terminal.print(renderBreakers(breakers, limits, terminal));
    return exitCodes.complete;
  });
}

/** One cause: where it was seen, what it depends on, what became of it. */
export function show(
  { terminal, ...context }: CommandContext,
  name: string,
  options: Json,
): Promise<ExitCode> {
  return withApp({ terminal, ...context }, async (app) => {
    const { breakers, limits, events } = await readBreakers(app);
    const fingerprint = findFingerprint(events, name);
    const found = breakers.filter((breaker) => breaker.fingerprint === fingerprint);
    const held = limits.filter((limit) => limit.fingerprint === fingerprint);
    const history = historyOf(events, fingerprint);
    if (options.json)
      terminal.printJson({
        schemaVersion: 1,
        fingerprint,
        breakers: breakersOf(found),
        limits: held,
        history,
      });
    else terminal.print(renderBreaker(fingerprint, found, held, history));
    return exitCodes.complete;
  });
}

/** Lets a cause be tried again, for a reason that is kept. */
export function reset(
  { terminal, ...context }: CommandContext,
  name: string,
  options: Json & { readonly reason: string },
): Promise<ExitCode> {
  return withApp({ terminal, ...context }, async (app) => {
    const { breakers, limits, events } = await readBreakers(app);
    const fingerprint = findFingerprint(events, name);
    const { reason } = options;
    assertReason(reason);
    const found = breakers.filter((breaker) => breaker.fingerprint === fingerprint);
    const held = limits.filter((limit) => limit.fingerprint === fingerprint);
    if (found.length + held.length === 0) throw alreadyClosed(fingerprint);
    const by = context.environment.user;
    const memory = createMemory(breakerStore(app.store.ledger, app.platform.clock, by));
    await memory.append(() => ({ type: "breaker-reset", data: { fingerprint, by, reason } }));
    const reset = { reset: breakersOf(found), limits: held };
    if (options.json) terminal.printJson({ schemaVersion: 1, fingerprint, ...reset });
    else terminal.print(stripControl(`${fingerprint} may be tried again: ${reason}`));
    return exitCodes.complete;
  });
}

async function readBreakers(app: App): Promise<{
  readonly breakers: readonly Breaker[];
  /** Those whose time has not come. */
  readonly limits: readonly Limit[];
  readonly events: readonly Stored<RepositoryEvent>[];
}> {
  const events = await app.store.ledger.readRepository();
  const registry = foldRegistry(events);
  const now = app.platform.clock.now().toISOString();
  return {
    breakers: registry.all(),
    limits: registry.limits.all().filter(({ until }) => until > now),
    events,
  };
}

/** The fingerprint that a person means: whole, or the beginning of one, with or without its algorithm's name. */
function findFingerprint(events: readonly Stored<RepositoryEvent>[], name: string): string {
  const known = new Set(
    events.flatMap((event) =>
      event.type === "failure-recorded" || event.type === "provider-limited" ? [event.data.fingerprint] : [],
    ),
  );
  const meant = [...known].filter(
    (fingerprint) =>
      name !== "" && (fingerprint.startsWith(name) || fingerprint.split(":")[1]?.startsWith(name)),
  );
  const [first] = meant.filter((fingerprint) => fingerprint === name).concat(meant);
  if (first === undefined) throw noSuchBreaker(name);
  if (meant.length > 1 && first !== name) throw ambiguous(name, meant);
  return first;
}

const noSuchBreaker = (name: string): AppError =>
  new AppError({
    code: "no-such-breaker",
    message: `no failure with the fingerprint ${quote(name)} is remembered`,
    action: "`autopack breaker list` lists what is.",
    exitCode: exitCodes.plan,
  });

const ambiguous = (name: string, fingerprints: readonly string[]): AppError =>
  new AppError({
    code: "breaker-ambiguous",
    message: `${quote(name)} is the beginning of several fingerprints: ${fingerprints.join(", ")}`,
    action: "Give more of the fingerprint.",
    exitCode: exitCodes.plan,
  });

const alreadyClosed = (fingerprint: string): AppError =>
  new AppError({
    code: "breaker-closed",
    message: `${fingerprint} closes nothing off: it was reset, or what failed with it has succeeded since`,
    action: "Run the plan; `autopack breaker show` tells what became of it.",
    exitCode: exitCodes.plan,
  });
