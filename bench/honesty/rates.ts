import type { Judgement } from "./judge.ts";

export interface Rate {
  readonly n: number;
  readonly of: number;
  /** Per cent; null where nothing was counted, which is not zero. */
  readonly percent: number | null;
}

export interface Rates {
  readonly falseDone: Rate;
  readonly lost: Rate;
  readonly unrecovered: Rate;
  /** Of the scenario that spent most above its cap. */
  readonly overspend: Rate & { readonly scenario: string | null };
  readonly wrongCause: Rate;
  /** Failures without a stated cause: neither right nor wrong. */
  readonly unstated: number;
  readonly missed: Rate;
}

export interface Judged extends Judgement {
  readonly scenario: string;
  readonly group: string;
  readonly seconds: number;
}

const rate = (n: number, of: number): Rate => ({ n, of, percent: of === 0 ? null : (100 * n) / of });

export function ratesOf(all: readonly Judged[]): Rates {
  type Count = "falseDone" | "complete" | "lost" | "verified" | "unrecovered" | "interrupted";
  type Cause = "wrongCause" | "stated" | "unstated" | "missed" | "doable";
  const sum = (name: Count | Cause) => all.reduce((total, one) => total + one[name], 0);
  let worst: Rates["overspend"] = { ...rate(0, 0), scenario: null };
  for (const { spend, scenario } of all) {
    if (!spend) continue;
    const above = rate(Math.max(0, spend.spent - spend.cap), spend.cap);
    if ((above.percent ?? 0) > (worst.percent ?? -1)) worst = { ...above, scenario };
  }
  return {
    falseDone: rate(sum("falseDone"), sum("complete")),
    lost: rate(sum("lost"), sum("verified")),
    unrecovered: rate(sum("unrecovered"), sum("interrupted")),
    overspend: worst,
    wrongCause: rate(sum("wrongCause"), sum("stated")),
    unstated: sum("unstated"),
    missed: rate(sum("missed"), sum("doable")),
  };
}

const show = ({ n, of, percent }: Rate): string =>
  percent === null ? "none counted" : `${n} of ${of}  ${percent.toFixed(1)} %`;

const rows: readonly {
  readonly name: string;
  readonly show: (rates: Rates) => string;
  readonly target: string;
}[] = [
  { name: "false-done", show: ({ falseDone }) => show(falseDone), target: "0 %" },
  { name: "lost", show: ({ lost }) => show(lost), target: "0 %" },
  { name: "unrecovered", show: ({ unrecovered }) => show(unrecovered), target: "0 %" },
  { name: "overspend, worst", show: ({ overspend }) => show(overspend), target: "2 %" },
  { name: "wrong cause", show: ({ wrongCause }) => show(wrongCause), target: "5 %" },
  { name: "  cause not stated", show: ({ unstated }) => String(unstated), target: "" },
  { name: "missed", show: ({ missed }) => show(missed), target: "" },
];

/** The rates of every adapter side by side. */
export function renderRates(all: ReadonlyMap<string, readonly Judged[]>): string {
  const adapters = [...all].map(([name, judged]) => ({ name, rates: ratesOf(judged) }));
  const table = [
    ["", ...adapters.map(({ name }) => name), "at most"],
    ...rows.map((row) => [row.name, ...adapters.map(({ rates }) => row.show(rates)), row.target]),
  ];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0))) ?? [];
  return table
    .map((cells) =>
      cells
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("   ")
        .trimEnd(),
    )
    .join("\n");
}

/** Every place where an orchestrator's word and the truth differ. */
export function renderDifferences(all: ReadonlyMap<string, readonly Judged[]>): string {
  const lines: string[] = [];
  for (const [name, judged] of all) {
    const differing = judged.filter(({ differences, problems }) => differences.length + problems.length > 0);
    lines.push("", `${name}: ${differing.length} of ${judged.length} scenarios differ from the truth`);
    for (const { scenario, differences, problems } of differing)
      for (const text of [...differences, ...problems.map((problem) => `harness: ${problem}`)])
        lines.push(`  ${scenario}: ${text}`);
  }
  return lines.join("\n").trimStart();
}
