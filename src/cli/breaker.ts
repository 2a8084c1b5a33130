import type { App } from "../app.ts";
import { AppError, type ExitCode, exitCodes } from "../domain/app-error.ts";
import type { RepositoryEvent, Stored } from "../domain/events.ts";
import { breakerStore } from "../executor/breaker-store.ts";
import { createMemory } from "../failures/breaker/memory.ts";
import { type Breaker, foldRegistry } from "../failures/breaker/registry.ts";
import { quote } from "../plan/wording.ts";
import { type CommandContext, withApp } from "./command-context.ts";
import { breakersOf, historyOf, renderBreaker, renderBreakers } from "./views/breaker.ts";
import { stripControl } from "./views/text.ts";

interface Json {
  readonly json?: boolean;
}

/** All that is closed off or counted, in the order in which it was first seen. */
export function list({ terminal, ...context }: CommandContext, options: Json): Promise<ExitCode> {
  return withApp({ terminal, ...context }, async (app) => {
    const { breakers } = await readBreakers(app);
    if (options.json) terminal.printJson({ schemaVersion: 1, breakers: breakersOf(breakers) });
    else terminal.print(renderBreakers(breakers, terminal));
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
    const { breakers, events } = await readBreakers(app);
    const fingerprint = findFingerprint(events, name);
    const found = breakers.filter((breaker) => breaker.fingerprint === fingerprint);
    const history = historyOf(events, fingerprint);
    if (options.json)
      terminal.printJson({ schemaVersion: 1, fingerprint, breakers: breakersOf(found), history });
    else terminal.print(renderBreaker(fingerprint, found, history));
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
    const { breakers, events } = await readBreakers(app);
    const fingerprint = findFingerprint(events, name);
    const { reason } = options;
    if (reason.trim() === "") throw noReason();
    const found = breakers.filter((breaker) => breaker.fingerprint === fingerprint);
    if (found.length === 0) throw alreadyClosed(fingerprint);
    const by = context.environment.user;
    const memory = createMemory(breakerStore(app.store.ledger, app.platform.clock, by));
    await memory.append(() => ({ type: "breaker-reset", data: { fingerprint, by, reason } }));
    if (options.json) terminal.printJson({ schemaVersion: 1, fingerprint, reset: breakersOf(found) });
    else terminal.print(stripControl(`${fingerprint} may be tried again: ${reason}`));
    return exitCodes.complete;
  });
}

async function readBreakers(
  app: App,
): Promise<{ readonly breakers: readonly Breaker[]; readonly events: readonly Stored<RepositoryEvent>[] }> {
  const events = await app.store.ledger.readRepository();
  return { breakers: foldRegistry(events).all(), events };
}

/** The fingerprint that a person means: whole, or the beginning of one, with or without its algorithm's name. */
function findFingerprint(events: readonly Stored<RepositoryEvent>[], name: string): string {
  const known = new Set(
    events.flatMap((event) => (event.type === "failure-recorded" ? [event.data.fingerprint] : [])),
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

const noReason = (): AppError =>
  new AppError({
    code: "no-reason",
    message: "a breaker is reset with a reason, and none was given",
    action: 'Say why: --reason "...".',
    exitCode: exitCodes.plan,
  });
