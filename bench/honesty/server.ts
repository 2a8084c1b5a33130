import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Answer, Scenario, Trouble } from "./scenario.ts";

export interface BenchServer {
  readonly url: string;
  /** What the provider counted as used. */
  readonly tokens: () => number;
  /** Requests that came while the provider had asked to wait. */
  readonly tooEarly: () => number;
  readonly close: () => void;
}

/**
 * The simulated provider, and the place where a builder asks the harness for trouble. `onTrouble` is called once for
 * each trouble and name; what it gives is told to the builder.
 */
export async function startServer(
  scenario: Scenario,
  onTrouble: (trouble: Trouble) => Promise<string>,
): Promise<BenchServer> {
  const answered = new Map<string, number>();
  const seen = new Set<string>();
  let tokens = 0;
  let tooEarly = 0;
  let busyUntil: number | undefined;

  function answer(name: string, response: ServerResponse): void {
    const answers: readonly Answer[] = scenario.provider?.[name] ?? [];
    const count = answered.get(name) ?? 0;
    answered.set(name, count + 1);
    const next = answers[Math.min(count, answers.length - 1)] ?? { ok: 10 };
    if ("busyMs" in next) {
      busyUntil ??= performance.now() + next.busyMs;
      const leftMs = busyUntil - performance.now();
      if (leftMs <= 0) return succeed(response, 10);
      if (count > 0) tooEarly++;
      const seconds = String(Math.ceil(leftMs / 1000));
      return refuse(response, 429, rateLimit, { "retry-after": seconds });
    }
    if ("ok" in next) return succeed(response, next.ok);
    if ("status" in next) return refuse(response, next.status, next.body, next.headers);
    if (next.breaks === "connection") return void response.socket?.resetAndDestroy();
    if (next.breaks === "stream") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end('event: message_start\ndata: {"type":"message_start"}\n\n');
    }
    // Silence: the client has to give up by itself.
  }

  function succeed(response: ServerResponse, used: number): void {
    tokens += used;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`event: message_stop\ndata: {"type":"message_stop","usage":{"tokens":${used}}}\n\n`);
  }

  const server = createServer((request, response) => {
    request.resume();
    const [, first, trouble, name] = (request.url ?? "").split("/");
    if (first === "v1") return answer(String(request.headers["x-call"]), response);
    const once = `${trouble}/${name}`;
    if (seen.has(once)) return void response.end("was done");
    seen.add(once);
    onTrouble(trouble as Trouble).then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    tokens: () => tokens,
    tooEarly: () => tooEarly,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const refuse = (
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void => void response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);

export const errorBody = (type: string, message: string): string =>
  JSON.stringify({ type: "error", error: { type, message } });

const rateLimit = errorBody("rate_limit_error", "This request would exceed your account's rate limit.");
