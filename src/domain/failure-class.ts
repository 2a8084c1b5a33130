/** What sort of cause a failure has; it decides whether, and when, another attempt is worth its price. */
export const failureClasses = [
  "deterministic",
  "transient",
  "resource",
  "policy",
  "quality",
  "environment",
  "builder",
  "internal",
  "unknown",
] as const;
export type FailureClass = (typeof failureClasses)[number];

/** Where a failure lies. */
export const failureAreas = [
  "plan",
  "policy",
  "provider",
  "model output",
  "builder",
  "change",
  "build",
  "tests",
  "environment",
  "database",
  "orchestrator",
] as const;
export type FailureArea = (typeof failureAreas)[number];

export interface KindFacts {
  readonly area: FailureArea;
  readonly class: FailureClass;
  /** What happened, in one clause. */
  readonly meaning: string;
  /** What a person does next, as an imperative sentence. */
  readonly action: string;
}
