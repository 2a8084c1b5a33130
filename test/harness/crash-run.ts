/**
 * Drives a run in this process and kills it at the nth call into the world, before or after that call. The calls
 * are counted by standing between the program and its adapters; there is no list of them.
 *
 * node crash-run.ts FOLDER [N before|after]: prints the number of calls when it gets to the end.
 */
import { join } from "node:path";
import { type App, type Instruments, openApp } from "../../dist/app.js";
import { readEnvironment } from "../../dist/config.js";
import { createRun } from "../../dist/executor/create-run.js";
import { openJournal } from "../../dist/executor/journal.js";
import { createLocalDispatcher } from "../../dist/executor/local/local-dispatcher.js";
import { runWorkflow } from "../../dist/executor/run-workflow.js";
import { admitPlan } from "../../dist/executor/admit-plan.js";

export const crashRunId = "crash-00000000";

const silent = { onEvent: () => undefined, onOutput: () => undefined };

/** Counts every call of every method, and tells `onCall` before and after each. */
export function countingInstruments(onCall: (count: number, when: "before" | "after") => void): Instruments & {
  readonly names: string[];
} {
  const names: string[] = [];
  const wrap = <T extends object>(name: string, port: T): T =>
    new Proxy(port, {
      get(target, key, receiver) {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof value === "object" && value !== null) return wrap(`${name}.${String(key)}`, value);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          names.push(`${name}.${String(key)}`);
          const count = names.length;
          onCall(count, "before");
          const result: unknown = Reflect.apply(value, target, args);
          if (!(result instanceof Promise)) {
            onCall(count, "after");
            return result;
          }
          return result.then((settled) => {
            onCall(count, "after");
            return settled;
          });
        };
      },
    });
  return {
    names,
    platform: (platform) => wrap("platform", platform),
    ledger: (ledger) => wrap("ledger", ledger),
  };
}

export function openAt(folder: string, instruments?: Instruments): Promise<App> {
  const environment = readEnvironment({
    PATH: process.env["PATH"],
    HOME: join(folder, "home"),
    XDG_STATE_HOME: join(folder, "state"),
    XDG_CONFIG_HOME: join(folder, "config"),
  });
  return openApp(environment, join(folder, "repo"), instruments);
}

/** Creates the run of FOLDER/repo/plan.yaml unless it is there, and drives it to its end. */
export async function driveTo(app: App) {
  const deps = await app.openExecutor(silent);
  if (!(await app.store.ledger.loadRun(crashRunId))) {
    const { created } = await admitPlan({
      platform: app.platform,
      root: app.repository.root,
      config: app.config,
      configPath: undefined,
      planPath: join(app.repository.root, "plan.yaml"),
    });
    if (!created) throw new Error("the plan of the crash test is refused");
    await createRun(deps, crashRunId, created, []);
  }
  const journal = await openJournal(deps, crashRunId);
  if (!journal.ok) throw new Error(`the run is held: ${JSON.stringify(journal.error)}`);
  const state = await runWorkflow(deps, createLocalDispatcher(), journal.value, new AbortController().signal);
  await journal.value.close();
  return state;
}

if (process.argv[1] === import.meta.filename) {
  const [, , folder = "", at, when] = process.argv;
  const instruments = countingInstruments((count, now) => {
    if (count === Number(at) && now === when) process.kill(process.pid, "SIGKILL");
  });
  const app = await openAt(folder, instruments);
  await driveTo(app);
  await app.close();
  process.stdout.write(JSON.stringify(instruments.names));
}
