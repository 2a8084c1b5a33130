import type { Isolation } from "../../domain/isolation.ts";
import type { Hold } from "../../platform/ports.ts";
import { stripControl } from "./text.ts";

/** One line at a run's start: whether programs are held. */
export const holdLine = ({ sandbox, why }: Hold): string =>
  sandbox === null
    ? `No sandbox, because ${stripControl(why ?? "of an unknown reason")}: builders and checks can read, change and reach what you can.`
    : `Builders and checks run in ${stripControl(sandbox)}.`;

/** What was enforced, as one sentence. */
export function showIsolation(isolation: Isolation): string {
  const { sandbox, why, builder, limits, processCount, memoryBytes } = isolation;
  const bounds = `${(memoryBytes / 1e9).toFixed(1)} GB of memory and ${processCount} processes a program, ${limits === "cgroup" ? "held by a control group" : limits}`;
  if (sandbox === null)
    return stripControl(
      `no sandbox (${why ?? "no reason was recorded"}): files and network not limited; ended by process group and mark; ${bounds}`,
    );
  const lists = [...builder.writable, ...builder.readable, ...isolation.readable];
  const listed = lists.length === 0 ? "" : `, besides what is listed (${lists.join(", ")})`;
  const network = builder.network === "full" ? "the host's network" : "a network of its own";
  return stripControl(
    `${sandbox}: only the workspace writable${listed}; processes in a namespace of their own; ${network} for the builder; ${bounds}`,
  );
}
