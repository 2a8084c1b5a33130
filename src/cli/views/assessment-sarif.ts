import { type AssessedPhase, type Assessment, type VerdictName, verdicts } from "../../domain/assessment.ts";
import { showVerdict } from "./assessment.ts";
import { stripControl } from "./text.ts";

/** Verdicts that somebody has to look at, as SARIF ranks them. */
const levels: Partial<Record<VerdictName, "error" | "warning" | "note">> = {
  "false-complete": "error",
  contradicted: "error",
  "not-delivered": "warning",
  partial: "warning",
  unknown: "note",
};

const meanings: Record<VerdictName, string> = {
  "evidence-run": "The run is kept as evidence.",
  unknown: "What the phase was to bring cannot be proven or denied.",
  "false-complete": "The phase was recorded complete, and a deliverable was not there.",
  complete: "The phase was recorded complete, and the tree agrees.",
  contradicted: "Somebody says that the phase is done, and the tree denies it.",
  superseded: "The same work went on in a later phase.",
  delivered: "Everything that the phase asks for is there, whatever its record says.",
  partial: "A part of what the phase asks for is there.",
  "not-delivered": "Nothing that the phase asks for is there.",
};

/** The assessment as SARIF 2.1.0 (OASIS, 2020), for the places where findings of other tools are read. */
export function assessmentSarif(assessment: Assessment, version: string): unknown {
  const told = assessment.phases.filter(({ verdict }) => levels[verdict.name] !== undefined);
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "autopack",
            semanticVersion: version,
            rules: verdicts
              .filter((name) => levels[name] !== undefined)
              .map((name) => ({
                id: name,
                shortDescription: { text: meanings[name] },
                defaultConfiguration: { level: levels[name] },
              })),
          },
        },
        properties: { revision: assessment.revision },
        results: told.map(resultOf),
      },
    ],
  };
}

function resultOf({ record, verdict, evidence, recommendation, cause }: AssessedPhase) {
  const paths = evidence.deliverables
    .filter(({ now }) => now.state === "denied")
    .flatMap(({ path }) => path ?? []);
  const name = `${record.runId}/${record.phaseId}`;
  return {
    ruleId: verdict.name,
    level: levels[verdict.name],
    message: {
      text: stripControl(
        `${name}: ${showVerdict(verdict)}. ${recommendation.action}: ${recommendation.reason}.`,
      ),
    },
    locations: paths.map((path) => ({
      physicalLocation: { artifactLocation: { uri: path.split("/").map(encodeURIComponent).join("/") } },
    })),
    partialFingerprints: { phase: name },
    properties: {
      recordedState: record.recordedState,
      confidence: verdict.confidence,
      cause: cause.party,
      criticality: recommendation.criticality.level,
    },
  };
}
