import { createHash } from "node:crypto";
import { join } from "node:path";
import type { App } from "../app.ts";
import { type ExitCode, exitCodes } from "../domain/app-error.ts";
import type { Certificate } from "../domain/certificate.ts";
import { runStream } from "../domain/events.ts";
import type { RunState } from "../domain/fold.ts";
import { readCommit } from "../platform/commits.ts";
import {
  type PhaseTrailer,
  type PrivateRepository,
  readRef,
  readTrailer,
  readTrailers,
  runHeadRef,
} from "../platform/private-repository.ts";
import { assessCertificate, type CertificateLookups } from "../verification/certificate.ts";
import { type CommandContext, findRun, withApp } from "./command-context.ts";
import { escapeMarkdown } from "./views/markdown.ts";
import { reportOf } from "./views/report.ts";
import { renderReport } from "./views/report-markdown.ts";

type LedgerFinding = Awaited<ReturnType<App["store"]["maintenance"]["verify"]>>[number];

/** What a certificate was found to be when it was checked again; no discrepancy means that it holds. */
interface CertificateCheck {
  readonly phaseId: string;
  readonly discrepancies: readonly string[];
}

export function report(
  context: CommandContext,
  name: string | undefined,
  options: { readonly json?: boolean; readonly verify?: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  return withApp(context, async (app) => {
    const { state } = await findRun(app, name);
    const checked = options.verify ? await verifyCertificates(app, state) : undefined;
    const content = reportOf(state);
    if (options.json) terminal.printJson(checked ? { ...content, certificateChecks: checked } : content);
    else terminal.print(renderReport(content) + (checked ? renderChecks(checked) : ""));
    const broken = checked?.some((check) => check.discrepancies.length > 0);
    return broken ? exitCodes.environment : exitCodes.complete;
  });
}

async function verifyCertificates(app: App, state: RunState): Promise<CertificateCheck[]> {
  const lookups = await lookupsOf(app);
  const findings = await app.store.maintenance.verify();
  const checks: CertificateCheck[] = [];
  for (const { spec, certificate } of state.phases)
    if (certificate)
      checks.push({
        phaseId: spec.id,
        discrepancies: [
          ...(await assessCertificate(certificate, lookups)),
          ...(await damageBelow(app, certificate, findings)),
        ],
      });
  return checks;
}

/** A certificate stands on its run's events up to its own: damage to any of them takes it down. */
async function damageBelow(
  app: App,
  { runId, phaseId }: Certificate,
  findings: readonly LedgerFinding[],
): Promise<string[]> {
  const inRun = findings.filter(({ stream }) => stream === runStream(runId));
  if (inRun.length === 0) return [];
  const own = (await app.store.ledger.readRun(runId)).find(
    (event) => event.type === "phase-completed" && event.data.phaseId === phaseId,
  );
  return inRun
    .filter(({ seq }) => own === undefined || seq <= own.seq)
    .map(({ seq, message }) => `The ledger of run ${runId} is damaged at event ${seq}: ${message}`);
}

async function lookupsOf(app: App): Promise<CertificateLookups> {
  const repository = await app.openPrivate();
  const trailers = new Map((await readTrailers(app.platform, repository)).map((item) => [item.commit, item]));
  const streams = new Map<string, readonly string[]>();
  return {
    commit: async (commit) => (await readCommit(app.platform, repository, commit)) ?? null,
    trailer: async (commit) => trailers.get(commit) ?? (await readForgotten(app, repository, commit)),
    async eventHash(runId, seq) {
      const known = streams.get(runId) ?? (await app.store.ledger.readRun(runId)).map((event) => event.hash);
      streams.set(runId, known);
      return known[seq - 1] ?? null;
    },
    async logHash(path) {
      const data = await app.platform.files.read(join(app.artifactsRoot, path));
      return data && createHash("sha256").update(data).digest("hex");
    },
  };
}

/** A run that was cleaned up has no head any more, and what was published of it may be there. */
async function readForgotten(
  { platform }: App,
  repository: PrivateRepository,
  commit: string,
): Promise<PhaseTrailer | null> {
  const trailer = await readTrailer(platform, repository, commit);
  if (!trailer || (await readRef(platform, repository, runHeadRef(trailer.runId)))) return null;
  return trailer;
}

function renderChecks(checks: readonly CertificateCheck[]): string {
  const lines = checks.map(({ phaseId, discrepancies }) =>
    discrepancies.length === 0
      ? `- ${escapeMarkdown(phaseId)}: holds`
      : `- ${escapeMarkdown(phaseId)}: **does not hold**: ${discrepancies.map(escapeMarkdown).join(" ")}`,
  );
  return [
    "",
    "## Certificates checked again",
    "",
    ...(lines.length > 0 ? lines : ["There is none."]),
    "",
  ].join("\n");
}
