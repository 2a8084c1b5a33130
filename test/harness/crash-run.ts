/**
 * Drives a run of FOLDER/repo/plan.yaml in this process and kills the process at one call into the world, before
 * or after it. Calls are counted by standing between the program and its adapters; there is no list of them.
 *
 * node crash-run.ts FOLDER POINT, where POINT is such as `platform.git.run#12 before`
 */
import module from "node:module";
import { join } from "node:path";

/** The built program: what users run, and quicker to start than its sources. */
const load = <T>(name: string): Promise<T> => import(new URL(`../../dist/${name}.js`, import.meta.url).href);
module.enableCompileCache();
const { openApp } = await load<typeof import("../../src/app.ts")>("app");
const { readEnvironment } = await load<typeof import("../../src/config.ts")>("config");
const { admitPlan } = await load<typeof import("../../src/executor/admit-plan.ts")>("executor/admit-plan");
const { createRun } = await load<typeof import("../../src/executor/create-run.ts")>("executor/create-run");
const { openJournal } = await load<typeof import("../../src/executor/journal.ts")>("executor/journal");
const { createLocalDispatcher } = await load<typeof import("../../src/executor/local/local-dispatcher.ts")>(
  "executor/local/local-dispatcher",
);
const { runWorkflow } =
  await load<typeof import("../../src/executor/run-workflow.ts")>("executor/run-workflow");

type App = Awaited<ReturnType<typeof openApp>>;
type Instruments = NonNullable<Parameters<typeof openApp>[2]>;

export const crashRunId = "crash-00000000";

/** Tells `onPoint` before and after every call of every method that reaches the world or the ledger, with its arguments. */
export function watchCalls(onPoint: (point: string, args: readonly unknown[]) => void): Instruments {
  const counts = new Map<string, number>();
  const wrap = <T extends object>(name: string, port: T): T =>
    new Proxy(port, {
      get(target, key, receiver) {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof value === "object" && value !== null) return wrap(`${name}.${String(key)}`, value);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          const method = `${name}.${String(key)}`;
          const count = (counts.get(method) ?? 0) + 1;
          counts.set(method, count);
          onPoint(`${method}#${count} before`, args);
          const result: unknown = Reflect.apply(value, target, args);
          if (result instanceof Promise)
            return result.finally(() => onPoint(`${method}#${count} after`, args));
          onPoint(`${method}#${count} after`, args);
          return result;
        };
      },
    });
  return { platform: (platform) => wrap("platform", platform), ledger: (ledger) => wrap("ledger", ledger) };
}

/** The program for FOLDER/repo, with its state in FOLDER too. */
export function openAt(folder: string, instruments?: Instruments): Promise<App> {
  const environment = readEnvironment({
    PATH: process.env["PATH"],
    HOME: join(folder, "home"),
    XDG_STATE_HOME: join(folder, "state"),
    XDG_CONFIG_HOME: join(folder, "config"),
  });
  return openApp(environment, join(folder, "repo"), instruments);
}

/** Creates the run unless it is there, and drives it to its end. */
export async function driveToEnd(app: App, runId = crashRunId) {
  const opened = await app.openExecutor({ onEvent: () => undefined, onOutput: () => undefined });
  // Nobody asks anything of this run: a look for requests that the time brings about would be numbered on a slow
  // machine and never be made on a fast one.
  const deps = { ...opened, pollMs: 3_600_000 };
  const known = await app.store.ledger.loadRun(runId);
  if (known?.state.endedAt) return known.state;
  if (!known) {
    const { created } = await admitPlan({
      platform: app.platform,
      root: app.repository.root,
      home: app.environment.home,
      own: [app.repository.root],
      config: app.config,
      configPath: undefined,
      planPath: join(app.repository.root, "plan.yaml"),
      workspaceRoot: app.workspaceRoot,
      variables: {},
    });
    if (!created) throw new Error("the plan of the crash matrix is refused");
    await createRun(deps, runId, created, []);
  }
  const journal = await openJournal(deps, runId);
  if (!journal.ok) throw new Error(`the run is held: ${JSON.stringify(journal.error)}`);
  const state = await runWorkflow(deps, createLocalDispatcher(), journal.value, new AbortController().signal);
  await journal.value.close();
  return state;
}

if (process.argv[1] === import.meta.filename) {
  const [, , folder = "", fatal] = process.argv;
  const app = await openAt(
    folder,
    watchCalls((point) => point === fatal && process.kill(process.pid, "SIGKILL")),
  );
  await driveToEnd(app);
  await app.close();
}
