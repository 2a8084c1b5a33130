/** What can follow a failed attempt, besides a wait for what passes by itself. */
export const chainSteps = [
  "retry",
  "repair",
  "more-room",
  "stronger-model",
  "another-provider",
  "another-builder",
  "split",
  "ask",
] as const;
export type ChainStep = (typeof chainSteps)[number];

/** One of the parts in which a phase is built, one for each of its deliverables, in their order. */
export interface Part {
  /** 1 for the first. */
  readonly number: number;
  readonly of: number;
}

/** A step that would have come before, and why it was not taken. */
export interface PassedOver {
  readonly step: ChainStep;
  readonly why: string;
}

/** The step by which an attempt was chosen. */
export interface ChosenStep {
  readonly step: ChainStep;
  /** The failure that it answers, or who asked for it. */
  readonly because: string;
  readonly passedOver?: readonly PassedOver[];
}
