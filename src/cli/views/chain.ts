import type { ChosenStep, PassedOver } from "../../domain/chain.ts";
import type { PhaseState } from "../../domain/fold.ts";
import { stripControl } from "./text.ts";

/** By which step an attempt was chosen, and which would have come before; plain text. */
export function chosenLines({ step, because, passedOver = [] }: ChosenStep): string[] {
  return [`Step: ${step}, because ${stripControl(because)}`, ...passedOverLines(passedOver)];
}

export const passedOverLines = (passedOver: readonly PassedOver[]): string[] =>
  passedOver.map(({ step, why }) => `Not taken: ${step}: ${stripControl(why)}`);

/** How a phase went on after each failure, a line for each attempt but the first. */
export const stepsOf = ({ attempts }: PhaseState) =>
  attempts.flatMap(({ attempt, builder, chosen }) => (chosen ? [{ attempt, builder, ...chosen }] : []));
export type StepTaken = ReturnType<typeof stepsOf>[number];
