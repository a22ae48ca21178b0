import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

/** What a device says, by how it may lie. Everything left out is as an honest device has it. */
export interface Lie {
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly challenge?: string;
  /** Authenticator data flags; an honest one says present, verified, and with a new key attested. */
  readonly flags?: number;
  readonly counter?: number;
  readonly userHandle?: string;
  readonly id?: string;
  /** Signs with another key than the one that was bound. */
  readonly key?: KeyObject;
}

const up = 0x01;
const uv = 0x04;
const backupEligible = 0x08;
const attested = 0x40;

/** An authenticator in software, which speaks WebAuthn level 3 and does as it is told. */
export class SoftKey {
  readonly id: string = randomBytes(16).toString("base64url");
  readonly #keys: { privateKey: KeyObject; publicKey: KeyObject };
  readonly #algorithm: -7 | -8 | -257 | -36;
  readonly synced: boolean;
  userHandle = "";
  counter = 0;

  constructor(algorithm: -7 | -8 | -257 | -36 = -7, synced = false) {
    this.#algorithm = algorithm;
    this.synced = synced;
    this.#keys =
      algorithm === -8
        ? generateKeyPairSync("ed25519")
        : algorithm === -257
          ? generateKeyPairSync("rsa", { modulusLength: 2048 })
          : generateKeyPairSync("ec", { namedCurve: algorithm === -7 ? "P-256" : "P-521" });
  }

  /** The answer to `navigator.credentials.create()`, as JSON text. */
  create(
    options: { readonly challenge: string; readonly user: { readonly id: string } },
    site: { readonly origin: string; readonly rpId: string },
    lie: Lie = {},
  ): string {
    this.userHandle = options.user.id;
    const id = Buffer.from(lie.id ?? this.id, "base64url");
    const length = Buffer.alloc(2);
    length.writeUInt16BE(id.length);
    const credential = Buffer.concat([Buffer.alloc(16), length, id, this.#cose()]);
    const data = Buffer.concat([
      this.#data(lie.rpId ?? site.rpId, lie.flags ?? up | uv | attested, lie.counter ?? this.counter),
      credential,
    ]);
    const attestation = map([
      [text("fmt"), text("none")],
      [text("attStmt"), map([])],
      [text("authData"), bytes(data)],
    ]);
    return this.#answer(lie.id ?? this.id, {
      clientDataJSON: clientData(
        lie.type ?? "webauthn.create",
        lie.challenge ?? options.challenge,
        lie.origin ?? site.origin,
      ),
      attestationObject: attestation.toString("base64url"),
      transports: ["internal"],
    });
  }

  /** The answer to `navigator.credentials.get()`, as JSON text. */
  get(
    options: { readonly challenge: string },
    site: { readonly origin: string; readonly rpId: string },
    lie: Lie = {},
  ): string {
    if (this.counter > 0) this.counter += 1;
    const data = this.#data(lie.rpId ?? site.rpId, lie.flags ?? up | uv, lie.counter ?? this.counter);
    const client = clientData(
      lie.type ?? "webauthn.get",
      lie.challenge ?? options.challenge,
      lie.origin ?? site.origin,
    );
    const signed = Buffer.concat([data, createHash("sha256").update(Buffer.from(client, "base64url")).digest()]);
    const hash = this.#algorithm === -8 ? null : this.#algorithm === -36 ? "sha512" : "sha256";
    return this.#answer(lie.id ?? this.id, {
      clientDataJSON: client,
      authenticatorData: data.toString("base64url"),
      signature: sign(hash, signed, lie.key ?? this.#keys.privateKey).toString("base64url"),
      userHandle: lie.userHandle ?? this.userHandle,
    });
  }

  #answer(id: string, response: object): string {
    return JSON.stringify({ id, rawId: id, type: "public-key", clientExtensionResults: {}, response });
  }

  #data(rpId: string, flags: number, counter: number): Buffer {
    const tail = Buffer.alloc(5);
    tail[0] = flags | (this.synced ? backupEligible : 0);
    tail.writeUInt32BE(counter, 1);
    return Buffer.concat([createHash("sha256").update(rpId).digest(), tail]);
  }

  /** RFC 9053 section 7; RFC 8230 section 4 for RSA. */
  #cose(): Buffer {
    const jwk = this.#keys.publicKey.export({ format: "jwk" });
    const part = (value: string | undefined): Buffer => bytes(Buffer.from(value ?? "", "base64url"));
    const parts: [number, Buffer][] =
      this.#algorithm === -257
        ? [
            [-1, part(jwk.n)],
            [-2, part(jwk.e)],
          ]
        : [
            [-1, integer(this.#algorithm === -8 ? 6 : this.#algorithm === -7 ? 1 : 3)],
            [-2, part(jwk.x)],
            ...(jwk.y === undefined ? [] : ([[-3, part(jwk.y)]] as [number, Buffer][])),
          ];
    const kty = this.#algorithm === -257 ? 3 : this.#algorithm === -8 ? 1 : 2;
    return map([
      [integer(1), integer(kty)],
      [integer(3), integer(this.#algorithm)],
      ...parts.map(([label, value]) => [integer(label), value] as const),
    ]);
  }
}

function clientData(type: string, challenge: string, origin: string): string {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false })).toString("base64url");
}

/** CBOR (RFC 8949), as far as an authenticator needs it. */
function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 256) return Buffer.from([(major << 5) | 24, value]);
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff]);
}

function integer(value: number): Buffer {
  return value < 0 ? head(1, -1 - value) : head(0, value);
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([head(2, value.length), value]);
}

function text(value: string): Buffer {
  return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
}

function map(entries: readonly (readonly [Buffer, Buffer])[]): Buffer {
  return Buffer.concat([head(5, entries.length), ...entries.flat()]);
}
