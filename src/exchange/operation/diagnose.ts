import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import type { Clock, Localised } from "#kernel";
import type { Log } from "#ledger";
import type { Sql } from "#store";
import type { ConfigurationState, RegisteredGateway } from "../configuration/configuration.ts";
import type { Directory } from "../configuration/directory.ts";
import { fingerprintOf, type TlsIdentity } from "../gateway/peer-pool.ts";
import { databaseState, openExchanges } from "./store.ts";

export type CheckState = "good" | "warning" | "bad";

/** One thing that was looked at, and what to do about it when it is not good. */
export interface Check {
  readonly name: Localised;
  readonly state: CheckState;
  /** What was seen, in plain words and figures. */
  readonly seen: Localised;
  readonly advice?: Localised;
  readonly milliseconds?: number;
}

export interface PeerChecks {
  readonly gateway: string;
  readonly address: string;
  readonly checks: readonly Check[];
}

export interface Diagnosis {
  readonly at: Date;
  readonly own: readonly Check[];
  readonly peers: readonly PeerChecks[];
}

/** What a diagnosis looks at. */
export interface Patient {
  readonly database: Sql;
  readonly log: Log;
  readonly clock: Clock;
  readonly gatewayId: string;
  readonly identity: () => TlsIdentity;
  readonly directory: () => Directory | undefined;
  readonly state: () => ConfigurationState;
  /** A signed, recorded call of `listMethods` to a provider, through this gateway: its status, and the type of a refusal. */
  readonly call: (provider: string) => Promise<{ readonly status: number; readonly fault?: string }>;
}

const same = (text: string): Localised => ({ "zh-Hant": text, en: text });

/** Looks at everything a call needs: database, clock, configuration, certificate, log; then at each peer, one by one. */
export async function diagnose(patient: Patient): Promise<Diagnosis> {
  const at = patient.clock.now();
  const own = await Promise.all([
    database(patient),
    configuration(patient),
    certificate(patient),
    exchanges(patient),
    log(patient),
  ]);
  const peers = (patient.directory()?.body.gateways ?? []).filter(({ id }) => id !== patient.gatewayId);
  return { at, own: own.flat(), peers: await Promise.all(peers.map((peer) => peerChecks(patient, peer))) };
}

async function database({ database, clock }: Patient): Promise<Check[]> {
  const name = { "zh-Hant": "資料庫", en: "Database" };
  const from = performance.now();
  try {
    const state = await databaseState(database);
    const milliseconds = performance.now() - from;
    const apart = Math.round(Math.abs(state.now.getTime() - clock.now().getTime()) / 1000);
    return [
      state.writable
        ? { name, state: "good", seen: { "zh-Hant": "可讀可寫", en: "reads and writes" }, milliseconds }
        : {
            name,
            state: "bad",
            seen: { "zh-Hant": "只能讀", en: "reads only" },
            advice: {
              "zh-Hant": "閘道連到唯讀的備援伺服器；請改連主伺服器。",
              en: "The gateway is connected to a read-only standby. Point it at the primary.",
            },
          },
      {
        name: { "zh-Hant": "時鐘", en: "Clock" },
        state: apart > 20 ? "bad" : apart > 5 ? "warning" : "good",
        seen: { "zh-Hant": `與資料庫相差 ${apart} 秒`, en: `${apart} s apart from the database's` },
        ...(apart > 5
          ? {
              advice: {
                "zh-Hant": "時鐘差太多，簽章會被拒絕。請檢查兩台主機的時間同步（NTP）。",
                en: "Signatures are refused when clocks differ too much. Check time synchronisation (NTP) on both machines.",
              },
            }
          : {}),
      },
    ];
  } catch (cause) {
    return [
      {
        name,
        state: "bad",
        seen: same((cause as NodeJS.ErrnoException).code ?? "error"),
        advice: {
          "zh-Hant": "沒有資料庫就不能記錄，所以每個呼叫都會被拒絕。請檢查資料庫是否在執行、位址與密碼。",
          en: "Nothing can be recorded, so every call is refused. Check that the database runs, its address and password.",
        },
      },
    ];
  }
}

async function configuration({ directory, state, clock }: Patient): Promise<Check[]> {
  const name = { "zh-Hant": "國家設定檔", en: "The country's configuration" };
  const body = directory()?.body;
  if (!body) return [{ name, state: "bad", seen: { "zh-Hant": "還沒有", en: "none yet" } }];
  const age = Math.max(0, Math.round((clock.now().getTime() - Date.parse(body.issued)) / 1000));
  const hours = Math.round((Date.parse(body.expires) - clock.now().getTime()) / 3_600_000);
  const seen = {
    "zh-Hant": `第 ${body.version} 版，${age} 秒前發布，${hours > 0 ? `還有 ${hours} 小時` : "已到期"}`,
    en: `version ${body.version}, issued ${age} s ago, ${hours > 0 ? `${hours} hours left` : "ended"}`,
  };
  const now = state();
  if (now === "fresh") return [{ name, state: "good", seen }];
  const advice =
    now === "stale"
      ? {
          "zh-Hant": "已經太久沒有新版。呼叫照常，但到期後全部會被拒絕。請檢查到主管機關的網路。",
          en: "No new version for too long. Calls go on until it ends, then all are refused. Check the way to the authority.",
        }
      : {
          "zh-Hant": "設定檔已到期，所有呼叫都被拒絕。請讓閘道能連到主管機關。",
          en: "It has ended and every call is refused. Let the gateway reach the authority.",
        };
  return [{ name, state: now === "stale" ? "warning" : "bad", seen, advice }];
}

async function certificate({ identity, clock }: Patient): Promise<Check[]> {
  const name = { "zh-Hant": "閘道憑證", en: "The gateway's certificate" };
  const { cert } = identity();
  if (cert === "") return [{ name, state: "bad", seen: { "zh-Hant": "還沒有", en: "none yet" } }];
  const { validTo } = new X509Certificate(cert);
  const hours = Math.round((Date.parse(validTo) - clock.now().getTime()) / 3_600_000);
  const seen = { "zh-Hant": `還有 ${hours} 小時`, en: `${hours} hours left` };
  if (hours > 48) return [{ name, state: "good", seen }];
  const advice = {
    "zh-Hant": "憑證應該自動更新。請檢查到主管機關的網路與閘道的記錄。",
    en: "It should have been renewed by itself. Check the way to the authority, and the gateway's log.",
  };
  return [{ name, state: hours > 0 ? "warning" : "bad", seen, advice }];
}

async function exchanges({ database, clock }: Patient): Promise<Check[]> {
  const found = await openExchanges(database, clock.now()).catch(() => undefined);
  if (!found) return [];
  const late = found.oldest > 300;
  return [
    {
      name: { "zh-Hant": "進行中的交換", en: "Exchanges under way" },
      state: late ? "warning" : "good",
      seen: {
        "zh-Hant": `${found.open} 筆，最久 ${Math.round(found.oldest)} 秒`,
        en: `${found.open}, the oldest for ${Math.round(found.oldest)} s`,
      },
      ...(late
        ? {
            advice: {
              "zh-Hant": "有交換一直沒有結束。重新啟動閘道會把它們記為沒有回答。",
              en: "Some never ended. A restart of the gateway closes them as unanswered.",
            },
          }
        : {}),
    },
  ];
}

async function log({ log }: Patient): Promise<Check[]> {
  const name = { "zh-Hant": "公開紀錄", en: "The log" };
  try {
    const size = await log.size();
    return [{ name, state: "good", seen: { "zh-Hant": `${size} 筆`, en: `${size} entries` } }];
  } catch (cause) {
    return [
      {
        name,
        state: "bad",
        seen: same((cause as NodeJS.ErrnoException).code ?? "error"),
        advice: { "zh-Hant": "請看閘道的記錄。", en: "See the gateway's log." },
      },
    ];
  }
}

async function peerChecks(patient: Patient, peer: RegisteredGateway): Promise<PeerChecks> {
  const tls = await handshake(patient.identity(), peer);
  if (tls.state === "bad") return { gateway: peer.id, address: peer.address, checks: [tls] };
  const provider = peer.clients.find((client) => client.split("/").length === 4);
  const checks = provider === undefined ? [tls] : [tls, await called(patient, provider)];
  return { gateway: peer.id, address: peer.address, checks };
}

function handshake(identity: TlsIdentity, peer: RegisteredGateway): Promise<Check> {
  const name = { "zh-Hant": "連線與憑證", en: "Connection and certificate" };
  const cut = peer.address.lastIndexOf(":");
  const from = performance.now();
  return new Promise((done) => {
    const socket = connect({
      host: peer.address.slice(0, cut),
      port: Number(peer.address.slice(cut + 1)),
      ...identity,
      minVersion: "TLSv1.3",
      timeout: 5000,
      rejectUnauthorized: true,
      checkServerIdentity: () => undefined,
    });
    const end = (check: Omit<Check, "name">): void => {
      socket.destroy();
      done({ name, ...check });
    };
    socket.once("secureConnect", () => {
      const shown = fingerprintOf(socket.getPeerCertificate());
      const milliseconds = performance.now() - from;
      if (peer.tlsFingerprints.includes(shown))
        return end({ state: "good", seen: same(socket.getProtocol() ?? ""), milliseconds });
      end({
        state: "bad",
        seen: { "zh-Hant": "憑證不是登記的那一張", en: "shows a certificate that is not registered" },
        advice: {
          "zh-Hant": "對方可能剛換憑證，一分鐘後再試；否則有別人在那個位址。請聯絡對方機關。",
          en: "It may have been renewed a moment ago: try in a minute. Otherwise somebody else answers there. Tell the agency.",
        },
      });
    });
    socket.once("timeout", () => end(unreachable("no answer in 5 s")));
    socket.once("error", (cause: NodeJS.ErrnoException) => end(unreachable(cause.code ?? cause.message)));
  });
}

function unreachable(code: string): Omit<Check, "name"> {
  return {
    state: "bad",
    seen: same(code),
    advice: {
      "zh-Hant": "連不到。請檢查防火牆是否放行這個位址與連接埠，並問對方機關閘道是否在執行。",
      en: "It cannot be reached. Check that firewalls let this address and port through, and ask the agency whether its gateway runs.",
    },
  };
}

async function called(patient: Patient, provider: string): Promise<Check> {
  const name = { "zh-Hant": "一次簽章的呼叫", en: "A signed call" };
  const from = performance.now();
  const { status, fault } = await patient.call(provider);
  const milliseconds = performance.now() - from;
  if (status === 200) return { name, state: "good", seen: same("listMethods 200"), milliseconds };
  return {
    name,
    state: "bad",
    seen: same([status, fault].filter((part) => part !== undefined).join(" ")),
    advice: {
      "zh-Hant": "連得到，但呼叫被拒絕。請用錯誤種類查說明。",
      en: "It is reached but refuses the call. Look the error type up.",
    },
    milliseconds,
  };
}
